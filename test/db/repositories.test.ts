import { describeRepositories } from '../contracts/repositories.ts';
import { startEngine } from '../engine.ts';

const { TEST_DYNAMODB_ENDPOINT: endpoint } = process.env;

describeRepositories(endpoint ?? 'the embedded engine', startEngine);
