"""What an environment file (as `environment/check --json` prints it) means for each host. The
package environment/ knows it; here it is told to Ansible.

  environment | allday_zones                     {inventory host: zone}, the first runs asg
  environment | allday_host(zone, addresses, image, release, encryption, wireguard)
                                                 /etc/allday/ENV/environment.json of a zone
  environment | allday_machines(zone, addresses) its named machines, {name: machine}
  environment | allday_asg(zone, addresses)      what asg is told where it runs: asg.env, links
  environment | allday_asg_json(leads, before)   asg.json: with the groups that the file does not
                                                 name any more, while balancers lead to them still,
                                                 as `machine settings` says; before: the
                                                 asg.json of the last time, or an empty text
  text | allday_asg_json_of_before               the same, of what an earlier release told asg
  environment | allday_dns_json(zone, addresses) dns.json
  environment | allday_names                     the names a certificate is for
  text | allday_written                          {units, files, leads}: what `machine settings`
                                                 printed, perhaps that of an earlier release
  environment | allday_accounts                  the secrets that are programs' passwords of the
                                                 database

`addresses` is {zone: IPv4 address} of the hosts; a zone's own `address` goes first.
`encryption` is none or wireguard, `wireguard` {zone: public key}.
"""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2]))

from environment import asg, dns, hosts, machines, zone as zones  # noqa: E402


def allday_asg_json(environment, release, leads, before):
    return asg.still_led(asg.asg_document(environment, release), environment["zones"], leads, before)


def allday_accounts(_):
    return hosts.ACCOUNTS


class FilterModule:
    def filters(self):
        return {
            "allday_accounts": allday_accounts,
            "allday_asg": hosts.asg_settings,
            "allday_asg_json": allday_asg_json,
            "allday_asg_json_of_before": asg.asg_document_of_before,
            "allday_dns_json": dns.hosts_dns,
            "allday_host": hosts.host_document,
            "allday_machines": machines.all_machines,
            "allday_names": zones.certificate_names,
            "allday_written": machines.written,
            "allday_zones": hosts.zones_of_hosts,
        }
