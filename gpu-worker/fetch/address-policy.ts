// Which addresses a fetch for a tenant may reach: public unicast ones, and networks that the operator opened. Everything
// private, link-local, loopback, mapped, tunnelled or reserved is refused.

import ipaddr from 'ipaddr.js';

export type AddressPolicy = (address: string) => boolean;

/** Throws where a network of `allowed` is not CIDR. */
export function createAddressPolicy(allowed: readonly string[]): AddressPolicy {
  const networks = allowed.map((network) => ipaddr.parseCIDR(network));
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    // An IPv4 address in IPv6 clothes is judged as what it is.
    const parsed = ipaddr.process(address);
    if (parsed.range() === 'unicast') return true;
    return networks.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
    );
  };
}
