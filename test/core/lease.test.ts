import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createLease,
  LeaseEndedError,
  type LeaseOptions,
  whileHeld,
} from '../../src/core/lease.ts';

const leaseFor = (renew: LeaseOptions['renew']) =>
  createLease({ leaseMs: 20_000, renewMs: 5_000, renew, claimedAt: performance.now() });

describe('createLease', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is held for as long as it can be renewed', async () => {
    const lease = leaseFor(async () => true);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(lease.held()).toBe(true);
    lease.stop();
  });

  it('ends at once when somebody else has the claim', async () => {
    const lease = leaseFor(async () => false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lease.held()).toBe(false);
    expect(lease.signal.reason).toMatchObject({ name: 'LeaseEndedError', end: 'lost' });
  });

  it('lapses by its own clock when the table is gone, and not before', async () => {
    const lease = leaseFor(() => Promise.reject(new Error('unreachable')));
    await vi.advanceTimersByTimeAsync(19_999);
    expect(lease.held()).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(lease.held()).toBe(false);
    expect(lease.signal.reason).toMatchObject({ end: 'lapsed' });
  });

  it('counts a renewal from when it was sent, not from when it was answered', async () => {
    let answer: (ours: boolean) => void = () => undefined;
    const lease = leaseFor(() => new Promise((resolve) => (answer = resolve)));
    await vi.advanceTimersByTimeAsync(9_000);
    answer(true);
    await vi.advanceTimersByTimeAsync(15_999);
    expect(lease.held()).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(lease.held()).toBe(false);
  });

  it('stays lapsed once that was seen, whatever a late renewal is told', async () => {
    // The process stood still for longer than the lease: no timer has run yet.
    const claimedAt = performance.now() - 20_000;
    const renew = async () => true;
    const lease = createLease({ leaseMs: 20_000, renewMs: 5_000, renew, claimedAt });
    expect(lease.held()).toBe(false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lease.held()).toBe(false);
    expect(lease.signal.reason).toMatchObject({ end: 'lapsed' });
  });

  it('survives an outage shorter than itself', async () => {
    let reachable = true;
    const lease = leaseFor(() => (reachable ? Promise.resolve(true) : Promise.reject(new Error())));
    await vi.advanceTimersByTimeAsync(6_000);
    reachable = false;
    await vi.advanceTimersByTimeAsync(10_000);
    reachable = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lease.held()).toBe(true);
    lease.stop();
  });
});

describe('whileHeld', () => {
  it('repeats through passing failures and gives up when the lease ends', async () => {
    const lease = leaseFor(async () => true);
    let calls = 0;
    const act = async () => {
      calls += 1;
      if (calls === 2) lease.lose();
      throw new Error('passing');
    };
    await expect(whileHeld(lease, act, () => true)).rejects.toBeInstanceOf(LeaseEndedError);
    expect(calls).toBe(2);
  });

  it('does not repeat what will not pass', async () => {
    const lease = leaseFor(async () => true);
    const act = () => Promise.reject(new Error('ours'));
    await expect(whileHeld(lease, act, () => false)).rejects.toThrow('ours');
    lease.stop();
  });
});
