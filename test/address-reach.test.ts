import { describe, expect, it } from 'vitest';
import { reachOf } from '../src/address-reach.ts';

describe('reachOf', () => {
  it.each([
    '8.8.8.8',
    '172.32.0.1',
    '192.167.255.255',
    '100.128.0.1',
    '2606:4700:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('lets %s count as public', (address) => {
    expect(reachOf(address)).toBe('public');
  });

  it.each([
    ['this machine', '127.0.0.1'],
    ['this machine, by another of its addresses', '127.255.255.254'],
    ['this machine, by IPv6', '::1'],
    ['this machine, written into IPv6', '::ffff:127.0.0.1'],
    ['this machine, written into IPv6 in hexadecimal', '::ffff:7f00:1'],
    ['this machine, in the old form without the mark', '::127.0.0.1'],
    ['this machine, in the translated form', '::ffff:0:127.0.0.1'],
    ['this machine through NAT64', '64:ff9b::7f00:1'],
    ['a private network through a NAT64 of its own', '64:ff9b:1::a00:1'],
    ['this machine through 6to4', '2002:7f00:1::'],
    ['anything through Teredo', '2001::1'],
    ['nowhere', '0.0.0.0'],
    ['nowhere, by IPv6', '::'],
    ['a private network of class A', '10.0.0.1'],
    ['a private network of class B', '172.16.0.1'],
    ['a private network of class C', '192.168.1.1'],
    ["a carrier's network", '100.64.0.1'],
    ['a group', '224.0.0.1'],
    ['a group, by IPv6', 'ff02::1'],
    ['everybody', '255.255.255.255'],
    ['a network for documents', '192.0.2.1'],
    ['a network for benchmarks', '198.18.0.1'],
    ['a reserved network', '240.0.0.1'],
    ['a unique local network', 'fc00::1'],
    ['a site', 'fec0::1'],
    ['what nobody routes', '4000::1'],
    ['a name', 'example.com'],
    ['nothing', ''],
  ])('takes %s for private: %s', (_, address) => {
    expect(reachOf(address)).toBe('private');
  });

  it.each([
    '169.254.169.254',
    '169.254.170.2',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    'fd20:ce::254',
    '100.100.100.200',
    '168.63.129.16',
  ])("knows %s as a metadata service's", (address) => {
    expect(reachOf(address)).toBe('metadata');
  });
});
