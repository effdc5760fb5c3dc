// Which addresses a fetch for a tenant may reach: public unicast ones, and networks that the operator opened. Of IPv6 that is the
// one block that is given out (2000::/3) less the parts reserved in it, so that a kind of address nobody thought of is refused; of
// IPv4, everything but what is private, link-local, loopback, mapped, tunnelled or reserved.

import ipaddr from 'ipaddr.js';

export type AddressPolicy = (address: string) => boolean;

const global6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** IETF's own (Teredo, ORCHID, benchmarks), documentation twice, 6to4, the 6bone of before (IANA's special-purpose registry). */
const reserved6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3ffe::/16', '3fff::/20'].map((network) =>
  ipaddr.IPv6.parseCIDR(network),
);

/** Throws where a network of `allowed` is not CIDR. */
export function createAddressPolicy(allowed: readonly string[]): AddressPolicy {
  const networks = allowed.map((network) => ipaddr.parseCIDR(network));
  return (address) => {
    const plain = inHexadecimal(address);
    if (plain === undefined || !ipaddr.isValid(plain)) return false;
    // An IPv4 address in IPv6 clothes (::ffff:a.b.c.d) is judged as what it is.
    const parsed = ipaddr.process(plain);
    if (isPublic(parsed)) return true;
    return networks.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
    );
  };
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast';
  return address.match(global6) && !reserved6.some((network) => address.match(network));
}

/** ipaddr.js takes ::a.b.c.d for ::ffff:a.b.c.d, which is another address. `undefined` for one with a zone. */
function inHexadecimal(address: string): string | undefined {
  return address.includes(':') ? URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) : address;
}
