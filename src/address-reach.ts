/** Who can reach an IP address: the internet, somebody's own network, or the machine's host alone. */
import ipaddr from 'ipaddr.js';

/** `metadata`: where hosting companies answer their own machines, with keys among the answers. */
export type Reach = 'public' | 'private' | 'metadata';

type Address = ReturnType<typeof ipaddr.parse>;

const METADATA = rangesOf(
  '169.254.0.0/16',
  'fe80::/10',
  // Alibaba, Azure, Amazon, Google: addresses outside of the link's own.
  '100.100.100.200/32',
  '168.63.129.16/32',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
);
/** All of IPv6 that is routed between networks. */
const ROUTED = rangesOf('2000::/3');
/** Networks without IPv4 write an IPv4 address into the end of this range. */
const NAT64 = rangesOf('64:ff9b::/96');

/** What is no address at all is `private`. An IPv4 address inside an IPv6 one counts as itself. */
export function reachOf(address: string): Reach {
  if (!ipaddr.isValid(address)) return 'private';
  const inner = unwrap(ipaddr.process(address));
  if (isIn(METADATA, inner)) return 'metadata';
  const routed = inner.kind() === 'ipv4' || isIn(ROUTED, inner);
  return routed && inner.range() === 'unicast' ? 'public' : 'private';
}

function unwrap(address: Address): Address {
  if (!isIn(NAT64, address)) return address;
  return ipaddr.fromByteArray(address.toByteArray().slice(-4));
}

function rangesOf(...ranges: string[]): [Address, number][] {
  return ranges.map((range) => ipaddr.parseCIDR(range));
}

function isIn(ranges: [Address, number][], address: Address): boolean {
  return ipaddr.subnetMatch(address, { found: ranges }, 'none') === 'found';
}
