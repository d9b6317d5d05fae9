/** `bench data`'s peers, each with a client that has the SDK's own defaults. */
import { createElectroData } from './data-electrodb.ts';
import { createOneTableData } from './data-onetable.ts';
import { createToolboxData } from './data-toolbox.ts';

export const createDataPeers = [createElectroData, createToolboxData, createOneTableData];
