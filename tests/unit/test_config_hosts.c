/* Environment files of hosts, and the schema of them all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <cmocka.h>
#include <json-c/json.h>

#include "config_file.h"
#include "config_schema.h"

#define EXAMPLE "ansible/environments/example.yml"

/* Lines 1 to 3, 4 to 6 and 7 of a file that is good. */
#define HEAD "name: prod\ndomain: todo.example.com\nprovider: nspawn\n"
#define ZONE(name, host, third, more) \
	"  " name ": {host: " host ", subnets: {public: 10.20." third \
	"0.0/24, " \
	"app: 10.20." third "1.0/24, data: 10.20." third "2.0/24}" more "}\n"
#define ZONES  "zones:\n" ZONE("a", "one", "", "") ZONE("b", "two", "1", "")
#define GROUPS "groups: {web: {}, api: {}}\n"
#define BASE   HEAD ZONES GROUPS

static const struct wrong in_sections[] = {
	/* below BASE: from line 8 on */
	{ "ports: {app: 80}\n", "8: ports is for other providers than nspawn" },
	{ "listen: 1.1.1.1\n", "8: listen is for other providers than" },
	{ "state: var\n", "8: state is for other providers than nspawn" },
	{ "instances: 10.0.0.0/8\n", "8: instances is for other providers" },

	{ "vpc: {cidr: 10.20.0.0/29}\n", "8: vpc.cidr must be an IPv4 network "
					 "such as 10.20.0.0/16, /28 or larger, "
					 "at most 18 bytes, not" },
	{ "vpc: {cidr: 10.20.0.1/16}\n", "8: vpc.cidr must be an IPv4" },
	{ "vpc: {encryption: ipsec}\n", "8: vpc.encryption must be auto, "
					"wireguard or none, not \"ipsec\"" },
	{ "vpc: {mtu: 1}\n", "8: vpc has the unknown key \"mtu\"; known are: "
			     "cidr, encryption" },
	{ "vpc: {cidr: 0.0.0.0/1}\n",
	    "8: vpc.cidr is 0.0.0.0/1, which overlaps 0.0.0.0/8: that is "
	    "taken\n" },

	{ "security_groups: [a]\n", "8: security_groups must be a mapping" },
	{ "security_groups:\n  web: {from: balancer}\n",
	    "9: security_groups.web must be a list, not a mapping" },
	{ "security_groups:\n  web:\n  - from: balancer\n",
	    "10: security_groups.web[0] needs the key ports" },
	{ "security_groups:\n  web:\n  - ports: [1]\n",
	    "10: security_groups.web[0] needs the key from" },
	{ "security_groups: {web: [{from: balancer, ports: []}]}\n",
	    "8: security_groups.web[0].ports must have 1 to 64 items, not 0" },
	{ "security_groups: {web: [{from: balancer, ports: [0]}]}\n",
	    "8: security_groups.web[0].ports[0] must be a whole number from 1 "
	    "to 65535, not \"0\"" },
	{ "security_groups: {web: [{from: balancer, ports: 65536}]}\n",
	    "8: security_groups.web[0].ports must be a whole number from 1 to "
	    "65535, not \"65536\"" },
	{ "security_groups: {web: [{from: balancer, ports: [1, 2, 1]}]}\n",
	    "8: security_groups.web[0].ports has \"1\" twice" },
	{ "security_groups: {web: [{from: a, ports: 1, protocol: icmp}]}\n",
	    "8: security_groups.web[0].protocol must be tcp or udp, not "
	    "\"icmp\"" },
	{ "security_groups: {Web: []}\n",
	    "8: security_groups has \"Web\", which must be a short name" },
	{ "security_groups: {balancer: [], web: [], api: [], dns: []}\n",
	    "8: security_groups needs the key database: there are machines of "
	    "that role" },
	{ "security_groups:\n  balancer: []\n  web: []\n  api: []\n"
	  "  dns: []\n  database:\n  - {from: internet, ports: 1}\n"
	  "  - {from: office, ports: 1}\n",
	    "15: security_groups.database[1].from is \"office\", which is "
	    "neither internet nor one of the security groups: balancer, web, "
	    "api, dns, database\n" },

	{ "balancers: {app: {zones: [a, c]}}\n",
	    "8: balancers.app.zones[1] is \"c\", which is none of the zones: "
	    "a, b" },
	{ "balancers: {app: {zones: []}}\n",
	    "8: balancers.app.zones must have 1 to 16 items, not 0" },
	{ "balancers: {web: {}}\n", "8: balancers has the unknown key \"web\"; "
				    "known are: app, api" },
	{ "balancers: {api: {http: 0}}\n", "8: balancers.api.http must be a "
					   "whole number from 1 to 65535" },
	{ "balancers: {api: {default: batch}}\n",
	    "8: balancers.api.default is \"batch\", which is none of the "
	    "groups" },
	{ "balancers:\n  app:\n    rules:\n    - {path: /, group: web}\n"
	  "    - {path: /api, group: batch}\n",
	    "12: balancers.app.rules[1].group is \"batch\", which is none of "
	    "the groups" },
	{ "balancers: {app: {rules: [{group: api}]}}\n",
	    "8: balancers.app.rules[0] needs either a path or a host" },
	{ "balancers: {app: {rules: [{group: api, path: /a, host: a.b}]}}\n",
	    "8: balancers.app.rules[0] needs either a path or a host" },
	{ "balancers: {app: {rules: [{path: /a}]}}\n",
	    "8: balancers.app.rules[0] needs the key group" },
	{ "balancers: {app: {rules: [{path: a, group: api}]}}\n",
	    "8: balancers.app.rules[0].path must be a path such as /api, or" },
	{ "balancers: {app: {rules: [{path: \"/a b\", group: api}]}}\n",
	    "8: balancers.app.rules[0].path must be a path such as /api, or" },
	{ "balancers: {app: {rules: [{host: A.b, group: api}]}}\n",
	    "8: balancers.app.rules[0].host must be a domain name such as" },
	{ "balancers:\n  app:\n    rules:\n    - {path: /a, group: web}\n"
	  "    - {path: /a, group: api}\n",
	    "12: balancers.app.rules[1] has the path /a, as has a rule before "
	    "it" },
	{ "balancers:\n  app:\n    rules:\n    - {host: a.b, group: web}\n"
	  "    - {host: a.b, group: api}\n",
	    "12: balancers.app.rules[1] has the host a.b, as has a rule" },
	{ "balancers: {app: {memory: 63M}}\n",
	    "8: balancers.app.memory must be a size from 64M to 1024G with its "
	    "unit (M, G), not \"63M\"" },
	{ "balancers: {app: {cpu: 4}}\n", "8: balancers.app.cpu must be a "
					  "whole number from 5 to 6400" },

	/* one address, all listeners */
	{ "balancers:\n  app:\n    http: 443\n",
	    "10: balancers.app.http is 443, as is balancers.app.https, on one "
	    "address of the zone a: they must differ, or `addresses` of the "
	    "zone must give each its own\n" },
	{ "balancers: {api: {http: 80}}\n",
	    "8: balancers.api.http is 80, as is balancers.app.http, on one" },
	{ "balancers: {api: {https: 53}}\n",
	    "8: balancers.api.https is 53, as is dns.port, on one address" },
	{ "dns: {port: 443}\n",
	    "8: dns.port is 443, as is balancers.app.https, on one address" },
	{ "balancers: {app: {https: 8404}}\n",
	    "8: balancers.app.https is 8404, as is balancers.app.stats, on "
	    "one address of the zone a" },
	{ "balancers: {api: {stats: 8404}}\n",
	    "8: balancers.api.stats is 8404, as is balancers.app.stats, on "
	    "one address of the zone a" },
	{ "balancers: {app: {http: 8405, zones: [b]}}\n",
	    "8: balancers.app.http is 8405, as is balancers.api.stats, on "
	    "one address of the zone b" },

#define RECORD(rest) "dns: {records: [{" rest "}]}\n"
	{ RECORD("name: -a, type: A, value: 192.0.2.1"),
	    "8: dns.records[0].name must be a name below the domain such as "
	    "mail, or @ for itself, at most 200 bytes, not \"-a\"" },
	{ RECORD("name: a..b, type: A, value: 192.0.2.1"),
	    "8: dns.records[0].name must be a name" },
	{ RECORD("name: a, type: PTR, value: b.c"),
	    "8: dns.records[0].type must be A, AAAA, CAA, CNAME, MX, SRV or "
	    "TXT, not \"PTR\"" },
	{ RECORD("name: a, type: A, value: \"::1\""),
	    "8: dns.records[0] must have a value that is an IPv4 address" },
	{ RECORD("name: a, type: AAAA, value: 192.0.2.1"),
	    "8: dns.records[0] must have a value that is an IPv6 address" },
	{ RECORD("name: a, type: CNAME, value: b"),
	    "8: dns.records[0] must have a value that is a whole domain" },
	{ RECORD("name: a, type: MX, value: mail.b.c"),
	    "8: dns.records[0] must have a value that is such as 10 mail." },
	{ RECORD("name: a, type: MX, value: 65536 mail.b.c"),
	    "8: dns.records[0] must have a value that is such as 10 mail." },
	{ RECORD("name: a, type: SRV, value: 0 5 sip.b.c"),
	    "8: dns.records[0] must have a value that is such as 0 5 5060" },
	{ RECORD("name: a, type: CAA, value: 0 other b.c"),
	    "8: dns.records[0] must have a value that is such as 0 issue" },
	{ RECORD("name: a, type: TXT, value: \"a\\nb\""),
	    "8: dns.records[0] must have a value that is a text" },
	{ RECORD("name: \"@\", type: CNAME, value: b.c"),
	    "8: dns.records[0] is of the domain itself, which cannot be a" },
	{ RECORD("name: app, type: A, value: 192.0.2.1"),
	    "8: dns.records[0] has the name app, which create writes itself" },
	{ RECORD("name: ns12, type: A, value: 192.0.2.1"),
	    "8: dns.records[0] has the name ns12, which" },
	{ RECORD("name: _acme-challenge.www, type: TXT, value: x"),
	    "8: dns.records[0] has the name _acme-challenge.www, which" },
	{ RECORD("name: a, type: CNAME, value: b.c}, {name: a, type: TXT, "
		 "value: x"),
	    "8: dns.records[1] is beside another record of that name: a "
	    "CNAME is alone" },
	{ RECORD("name: a, type: TXT, value: x}, {name: a, type: TXT, value: "
		 "x"),
	    "8: dns.records[1] is there a second time" },

	{ "balancers: {app: {names: [www, api]}}\n",
	    "8: balancers.app has the name api, which create writes itself" },
	{ "balancers: {app: {names: [www]}, api: {names: [www]}}\n",
	    "8: balancers.api has the name www, as has balancers.app" },
	{ "balancers: {app: {names: [\"@\"]}}\n" RECORD(
	      "name: \"@\", type: A, value: 192.0.2.1"),
	    "9: dns.records[0] has the name @, which create writes itself" },

	{ "certificates: {source: self}\n",
	    "8: certificates.source must be ca, files or acme, not \"self\"" },
	{ "certificates: {source: files, key: x}\n",
	    "8: certificates needs the key certificate: their source is "
	    "files" },
	{ "certificates: {source: files, certificate: x}\n",
	    "8: certificates needs the key key: their source is files" },
	{ "certificates: {certificate: x}\n",
	    "8: certificates has the key certificate, which is for the source "
	    "files, not ca" },
	{ "certificates: {source: acme, email: a@b}\n",
	    "8: certificates needs the key directory: their source is acme" },
	{ "certificates: {source: acme, directory: \"https://a/d\"}\n",
	    "8: certificates needs the key email: their source is acme" },
	{ "certificates: {source: acme, directory: \"https://a\", email: a@b, "
	  "key: x}\n",
	    "8: certificates has the key key, which is for the source files, "
	    "not acme" },
	{ "certificates: {source: acme, directory: \"http://a\", email: a@b}\n",
	    "8: certificates.directory must be the URL of an ACME directory" },
	{ "certificates: {source: acme, directory: \"https://a\", email: a@}\n",
	    "8: certificates.email must be an address such as" },

	{ "database: {zone: c}\n", "8: database.zone is \"c\", which is none "
				   "of the zones: a, b" },
	{ "database: {nodes: 3}\n",
	    "8: database.nodes must be 1: a database of several nodes is not "
	    "offered yet, not \"3\"" },
	{ "database: {memory: 1}\n", "8: database.memory must be a size from" },
	{ "database: {memory: 2T}\n", "8: database.memory must be a size" },
	{ "database: {memory: 01G}\n", "8: database.memory must be a size" },
	{ "database: {memory: 1.5G}\n", "8: database.memory must be a size" },
	{ "database: {memory: 1GB}\n", "8: database.memory must be a size" },
	{ "database: {memory: 1025G}\n", "8: database.memory must be a size" },
	{ "dns: {zones: [b, x]}\n", "8: dns.zones[1] is \"x\", which is none "
				    "of the zones: a, b" },
	{ "dns: {zones: [b, b]}\n", "8: dns.zones has \"b\" twice" },
	{ "image: {debian: sid}\n", "8: image.debian must be bookworm or "
				    "trixie, not \"sid\"" },
	{ "operators: []\n", "8: operators must have 1 to 64 items, not 0" },
	{ "operators: [\"a:b\"]\n", "8: operators[0] must be a short name" },
	{ "operators: [Admin]\n", "8: operators[0] must be a short name" },
	{ "operators: [a, b, a]\n", "8: operators has \"a\" twice" },
};

static const struct wrong whole[] = {
	/* what must be said */
	{ "domain: a.b\nprovider: nspawn\n" ZONES GROUPS,
	    "1: the file needs the key name" },
	{ "name: a\nprovider: nspawn\n" ZONES GROUPS,
	    "1: the file needs the key domain" },
	{ HEAD GROUPS, "1: the file needs the key zones" },
	{ HEAD ZONES, "1: the file needs the key groups" },

	/* zones */
	{ HEAD GROUPS "zones: {}\n", "5: zones must have 1 to 16 entries" },
	{ HEAD GROUPS "zones:\n  a: {host: x}\n",
	    "6: zones.a needs the key subnets" },
	{ HEAD GROUPS "zones:\n  a: {host: x, subnets: {public: 10.20.0.0/24, "
		      "data: 10.20.1.0/24}}\n",
	    "6: zones.a.subnets needs the key app" },
	{ HEAD GROUPS "zones:\n" ZONE("a", "\"x y\"", "", ""),
	    "6: zones.a.host must be the name of a host in the inventory" },
	{ HEAD GROUPS "zones:\n" ZONE("a", "-x", "", ""),
	    "6: zones.a.host must be the name of a host in the inventory" },
	{ HEAD GROUPS "zones:\n" ZONE("a234567890123456", "x", "", ""),
	    "6: zones has \"a234567890123456\", which must be a short name of "
	    "small letters, digits and -, at most 15 bytes" },
	{ HEAD GROUPS "zones:\n" ZONE("a", "x", "", ", address: host-a"),
	    "6: zones.a.address must be an IPv4 address such as 192.0.2.1" },
	{ HEAD GROUPS "zones:\n" ZONE("a", "x", "", ", addresses: {app: x}"),
	    "6: zones.a.addresses.app must be an IPv4 address" },
	{ HEAD GROUPS "zones:\n" ZONE("a", "x", "", ", addresses: {dns: x}"),
	    "6: zones.a.addresses has the unknown key \"dns\"" },
	{ HEAD GROUPS "zones:\n" ZONE("a", "x", "", "") ZONE("b", "x", "1", ""),
	    "7: zones.b.host is x, as is that of the zone a: a zone is a "
	    "host" },
	{ HEAD GROUPS "zones:\n" ZONE("a", "x", "", ", address: 192.0.2.1")
		ZONE("b", "y", "1", ", addresses: {api: 192.0.2.1}"),
	    "7: zones.b.addresses.api is 192.0.2.1, as is that of the zone "
	    "a" },
	{ HEAD GROUPS "zones:\n" ZONE("a", "x", "", ", address: 10.20.9.1"),
	    "6: zones.a.address is 10.20.9.1, which is within vpc.cidr, "
	    "10.20.0.0/16: hosts are outside" },

	/* subnets */
	{ HEAD GROUPS "zones:\n" ZONE("a", "x", "", "") "vpc: {cidr: "
							"10.20.0.0/23}\n",
	    "6: zones.a.subnets.data is 10.20.2.0/24, which is not within "
	    "vpc.cidr, 10.20.0.0/23" },
	{ HEAD GROUPS
	    "zones:\n  a: {host: x, subnets: {public: 10.19.255.0/24, "
	    "app: 10.20.1.0/24, data: 10.20.2.0/24}}\n",
	    "6: zones.a.subnets.public is 10.19.255.0/24, which is not within "
	    "vpc.cidr, 10.20.0.0/16\n" },
	{ HEAD GROUPS "zones:\n  a: {host: x, subnets: {public: 10.20.0.0/24, "
		      "app: 10.20.0.128/25, data: 10.20.1.0/24}}\n",
	    "6: zones.a.subnets.app is 10.20.0.128/25, which overlaps "
	    "zones.a.subnets.public, 10.20.0.0/24" },
	{ HEAD GROUPS "zones:\n" ZONE("a", "x", "1",
	      "") "  b:\n    host: y\n    subnets:\n      public: "
		  "10.20.0.0/24\n"
		  "      app: 10.20.1.0/24\n      data: 10.20.12.16/28\n",
	    "12: zones.b.subnets.data is 10.20.12.16/28, which overlaps "
	    "zones.a.subnets.data, 10.20.12.0/24" },

	/* groups */
	{ HEAD ZONES "groups: {web: {}, api: {}, batch: {}}\n",
	    "7: groups.batch must be called web or api, or begin with web- or "
	    "api-: that says what its instances are" },
	{ HEAD ZONES "groups: {web: {}, api: {}, webs: {}}\n",
	    "7: groups.webs must be called web or api, or begin" },
	{ HEAD ZONES "groups:\n  web: {}\n  api: {zones: [b, local]}\n",
	    "9: groups.api.zones[1] is \"local\", which is none of the zones: "
	    "a, b" },
	{ HEAD ZONES "groups:\n  web: {}\n  api:\n    launch_template:\n"
		     "      disk: 257M\n",
	    "11: groups.api.launch_template.disk must be at most memory, 256M, "
	    "not 257M: it is kept there" },
	{ HEAD ZONES "groups:\n  web: {}\n  api:\n    launch_template:\n"
		     "      memory: 64M\n      disk: 1G\n",
	    "12: groups.api.launch_template.disk must be at most memory" },
	{ HEAD ZONES "groups:\n  web: {}\n  api: {launch_template: {cpu: "
		     "6401}}\n",
	    "9: groups.api.launch_template.cpu must be a whole number" },
	{ HEAD ZONES "groups:\n  web: {}\n  api: {launch_template: {release: "
		     "1.2~rc1}}\n",
	    "9: groups.api.launch_template.release is 1.2~rc1, which is the "
	    "id of no release on hosts" },
	{ HEAD ZONES "groups:\n  web: {}\n  api: {launch_template: {release: "
		     "-1}}\n",
	    "9: groups.api.launch_template.release is -1, which is the id" },
	{ HEAD ZONES "groups:\n  web: {}\n  api: {scaling: {policies: "
		     "[{metric: cpu, target: 101}]}}\n",
	    "9: groups.api.scaling.policies[0].target must be at most "
	    "launch_template.cpu, 100, not 101: no instance can use more" },
	{ HEAD ZONES "groups:\n  web: {}\n  api: {max: 600}\nbalancer: "
		     "{slots: 1000}\n",
	    "9: groups.api.max needs 660 addresses with those for "
	    "replacements: the subnets `app` of its zones have 490" },
	{ HEAD ZONES "groups:\n  web: {}\n  api: {zones: [b], max: 300}\n"
		     "balancer: {slots: 1000}\n",
	    "9: groups.api.max needs 330 addresses with those for "
	    "replacements: the subnets `app` of its zones have 245" },
	{ HEAD ZONES "groups:\n  web: {max: 230}\n  api: {max: 230}\n"
		     "balancer: {slots: 1000}\n",
	    "7: groups need 506 addresses, max and replacements of all "
	    "together: the subnets `app` of the zones have 490" },
	{ HEAD ZONES "groups: {web: {}}\nbalancers: {app: {rules: []}}\n",
	    "7: balancers.api.default is \"api\", which is none of the "
	    "groups" },
};

static void
names_each_fault_and_its_line(void **state)
{
	(void)state;
	assert_null(faults(BASE, NULL));
	assert_wrong(
	    in_sections, sizeof(in_sections) / sizeof(*in_sections), BASE);
	assert_wrong(whole, sizeof(whole) / sizeof(*whole), "");
}

static void
takes_what_only_looks_wrong(void **state)
{
	static const char *const texts[] = {
		/* an address for each */
		HEAD GROUPS "zones:\n" ZONE("a", "x", "",
		    ", addresses: {api: 192.0.2.2}") "balancers: {api: "
						     "{http: 80, https: "
						     "443}}\n",
		/* the DNS server has the host's */
		HEAD GROUPS "zones:\n" ZONE("a", "x", "",
		    ", address: 192.0.2.1, addresses: {app: 192.0.2.2}") "balan"
									 "cers:"
									 " {"
									 "app: "
									 "{http"
									 ": "
									 "53}}"
									 "\n",
		/* not in one zone */
		BASE "balancers: {app: {zones: [a]}, api: {zones: [b], http: "
		     "80, https: 443}}\n",
		BASE "balancers: {app: {zones: [a], http: 8405}, api: {zones: "
		     "[b]}}\n",
		BASE "dns: {zones: [b]}\nbalancers: {app: {zones: [a], http: "
		     "53}}\n",
		BASE "dns: {port: 5300, records: [{name: \"@\", type: A, "
		     "value: 192.0.2.9}, {name: \"@\", type: MX, value: 10 "
		     "mail.b.c}, {name: www, type: CNAME, value: app.todo.b}, "
		     "{name: \"*.x\", type: AAAA, value: \"2001:db8::1\"}, "
		     "{name: _sip._tcp, type: SRV, value: 0 5 5060 s.b.c}, "
		     "{name: ns, type: CAA, value: 0 issue ca.b}, {name: "
		     "_dmarc, type: TXT, value: \"v=DMARC1; p=none\", ttl: "
		     "60}]}\n",
		BASE "database: {zone: b, nodes: 1, memory: 64M}\n",
		BASE "vpc: {cidr: 10.16.0.0/12, encryption: wireguard}\n",
		BASE "balancers: {app: {rules: [{path: /, group: api}, {host: "
		     "a.b, group: web}, {path: /a, group: api}, {path: /a/, "
		     "group: api}]}}\n",
		HEAD ZONES "groups: {web: {}, api: {}, web-b: {}, api-2: "
			   "{launch_template: {memory: 1G, disk: 1G}}}\n",
		BASE "certificates: {source: files, certificate: c, key: k}\n",
		BASE "certificates: {source: acme, directory: "
		     "\"https://localhost:14000/dir\", email: a@b.c}\n",
		BASE "security_groups: {balancer: [], web: [], api: [], dns: "
		     "[], database: [], mine: [{from: internet, ports: 1}]}\n",
	};
	struct config c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_taken(texts[i], &c, NULL);
		config_free(&c);
	}
}

/* Both ways: a provider of the one kind above a file of the other. */
static void
does_not_mix_hosts_with_this_machine(void **state)
{
	char *said;

	(void)state;
	said = faults(BASE, "ansible/environments/local.yml");
	assert_string_equal(said,
	    "3: the provider nspawn cannot stand above "
	    "ansible/environments/local.yml, where it is process: such a file "
	    "is read alone\n");
	free(said);
	said = faults("provider: process\n", EXAMPLE);
	assert_string_equal(said, "1: the provider process cannot stand above "
				  "ansible/environments/example.yml, where it "
				  "is nspawn: such a file is read alone\n");
	free(said);
	assert_null(faults("name: other\n", EXAMPLE));
}

static struct json_object *
parsed(const struct config *c)
{
	struct json_object *j = json_tokener_parse(c->json.data);

	assert_non_null(j);
	return j;
}

/* What it says is what holds without being said, but for its examples. */
static void
has_the_defaults_of_the_manual(void **state)
{
	static const char *const said[] = { "zones", "image" };
	struct json_object *a, *b, *part;
	struct config shown, built_in;
	struct buf error = { 0 };
	size_t i;

	(void)state;
	if (!config_read(&shown, EXAMPLE, NULL, &error))
		fail_msg("%s", error.data);
	assert_taken(HEAD
	    "zones:\n" ZONE("a", "x", "", ", addresses: {api: 192.0.2.1}") ZONE(
		"b", "y", "1", ", addresses: {api: 192.0.2.2}") ZONE("c", "z",
		"2",
		", addresses: {api: 192.0.2.3}") "groups:\n"
						 "  web: {}\n"
						 "  api:\n"
						 "    launch_template:\n      "
						 "threads: {login: 2, auth: 2, "
						 "todo: 4, classic: 2}\n"
						 "balancers: {api: {http: 80, "
						 "https: 443}}\n",
	    &built_in, NULL);
	a = parsed(&shown);
	b = parsed(&built_in);
	for (i = 0; i < sizeof(said) / sizeof(*said); i++) {
		assert_true(json_object_object_get_ex(a, said[i], &part));
		json_object_object_add(b, said[i], json_object_get(part));
	}
	if (!json_object_equal(a, b))
		fail_msg("%s\n%s", json_object_to_json_string(a),
		    json_object_to_json_string(b));
	json_object_put(a);
	json_object_put(b);
	config_free(&shown);
	config_free(&built_in);
	buf_free(&error);
}

static void
knows_other_names_of_balancers(void **state)
{
	struct config c;

	(void)state;
	assert_taken(BASE "balancers: {app: {names: [\"@\", www]}, api: "
			  "{names: [rest]}}\n",
	    &c, NULL);
	assert_int_equal(c.alias_count, 3);
	assert_string_equal(c.aliases[0].name, "@");
	assert_string_equal(c.aliases[1].of, "app");
	assert_string_equal(c.aliases[2].name, "rest");
	assert_string_equal(c.aliases[2].of, "api");
	config_free(&c);
}

static void
fills_zones_in(void **state)
{
	const struct group_config *g;
	struct config c;

	(void)state;
	assert_taken(HEAD ZONES "groups: {web: {}, api: {zones: [b]}}\n"
				"operators: [ann, bob]\n",
	    &c, NULL);
	g = config_group(&c, "web");
	assert_int_equal(g->zone_count, 2);
	assert_string_equal(g->zones[0], "a");
	assert_string_equal(g->zones[1], "b");
	g = config_group(&c, "api");
	assert_int_equal(g->zone_count, 1);
	assert_string_equal(g->zones[0], "b");
	assert_non_null(strstr(c.json.data, "\"database\":{\"zone\":\"a\","));
	assert_non_null(
	    strstr(c.json.data, "\"dns\":{\"zones\":[\"a\",\"b\"]"));
	assert_null(strstr(c.json.data, "\"ports\":{"));
	assert_null(strstr(c.json.data, "\"listen\":"));
	config_free(&c);
}

/* ---- its own output, read again, is the same */

static void
assert_fixpoint(const char *path, const char *defaults)
{
	struct buf error = { 0 };
	struct config once, twice;

	if (!config_read(&once, path, defaults, &error))
		fail_msg("%s", error.data);
	assert_taken(once.json.data, &twice, NULL);
	assert_string_equal(once.json.data, twice.json.data);
	config_free(&once);
	config_free(&twice);
	buf_free(&error);
}

static int
is_good(const struct dirent *entry)
{
	return strncmp(entry->d_name, "good", 4) == 0;
}

static void
reads_its_own_output(void **state)
{
	struct dirent **names;
	int count = scandir(CORPUS, &names, is_good, alphasort), i;
	char path[512];

	(void)state;
	assert_true(count > 8);
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), CORPUS "/%s", names[i]->d_name);
		assert_fixpoint(path, NULL);
		free(names[i]);
	}
	free(names);
	assert_fixpoint(EXAMPLE, NULL);
	assert_fixpoint("ansible/environments/local.yml", NULL);
	assert_fixpoint(
	    CORPUS "/good-full.yml", "ansible/environments/local.yml");
}

/* Whatever a text of a file can have. */
static void
reads_its_own_texts(void **state)
{
	struct buf text = { 0 }, error = { 0 };
	struct config once, twice;
	struct file f;
	unsigned n;
	int taken = 0;

	(void)state;
	for (n = 1; n < 0x3000; n += n < 0x100 ? 1 : 97) {
		buf_clear(&text);
		buf_printf(&text,
		    "groups: {api: {launch_template: {environment: "
		    "{A: \"x\\u%04x y\"}}}}\n",
		    n);
		f = file_of(text.data, text.len);
		if (config_read(&once, f.path, NULL, &error)) {
			taken++;
			assert_taken(once.json.data, &twice, NULL);
			assert_string_equal(once.groups->environment,
			    twice.groups->environment);
			config_free(&twice);
		}
		config_free(&once);
		close(f.fd);
	}
	assert_true(taken > 300);
	buf_free(&text);
	buf_free(&error);
}

/* Which of the groups no rule leads to. */
static void
knows_who_is_alone(void **state)
{
	static const char text[] = HEAD ZONES
	    "groups: {web: {}, api: {}, web-blue: {}, web-green: {}}\n"
	    "balancers: {app: {rules: [{host: green.example.com, "
	    "group: web-green}]}}\n";
	struct buf error = { 0 };
	struct config c;
	struct file f = file_of(text, strlen(text));
	int n;

	(void)state;
	assert_true(config_read(&c, f.path, NULL, &error));
	for (n = 0; n < c.group_count; n++)
		assert_int_equal(c.groups[n].alone,
		    strcmp(c.groups[n].name, "web-blue") == 0);
	assert_int_equal(n, 4);
	config_free(&c);
	close(f.fd);
	assert_true(
	    config_read(&c, "ansible/environments/local.yml", NULL, &error));
	for (n = 0; n < c.group_count; n++)
		assert_false(c.groups[n].alone);
	config_free(&c);
	buf_free(&error);
}

/* ---- the schema */

static struct json_object *
at(struct json_object *j, const char *pointer)
{
	struct json_object *found = NULL;

	if (json_pointer_get(j, pointer, &found) != 0)
		fail_msg("there is no %s", pointer);
	return found;
}

static void
assert_at(struct json_object *j, const char *pointer, const char *wanted)
{
	assert_string_equal(
	    json_object_to_json_string_ext(at(j, pointer),
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
	    wanted);
}

static void
describes_itself(void **state)
{
	struct buf b = { 0 };
	struct json_object *j;

	(void)state;
	schema_describe(&schema, &b);
	assert_non_null(j = json_tokener_parse(b.data));
	assert_at(j, "/properties/ports/properties/app",
	    "{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535,"
	    "\"default\":8080}");
	assert_at(j, "/properties/name/pattern", "\"^[a-z][a-z0-9\\\\-]*$\"");
	assert_at(j, "/properties/zones/additionalProperties/required",
	    "[\"host\",\"subnets\"]");
	assert_at(j, "/properties/zones/propertyNames/maxLength", "15");
	assert_at(j, "/properties/groups/additionalProperties/properties/drain",
	    "{\"type\":\"string\",\"pattern\":\"^(0|[1-9][0-9]{0,8})"
	    "(ms|s|m|h)$\",\"default\":\"10s\"}");
	assert_at(j, "/properties/database/properties/nodes/maximum", "1");
	assert_at(j, "/properties/operators/default", "[\"admin\"]");
	assert_at(j, "/properties/security_groups/default/web",
	    "[{\"from\":\"balancer\",\"ports\":[8000]}]");
	assert_at(
	    j, "/then/required", "[\"name\",\"domain\",\"zones\",\"groups\"]");
	assert_at(j, "/then/properties/ports", "false");
	assert_at(j,
	    "/else/properties/groups/additionalProperties/properties/"
	    "launch_template/properties/memory",
	    "false");
	json_object_put(j);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_each_fault_and_its_line),
		cmocka_unit_test(takes_what_only_looks_wrong),
		cmocka_unit_test(does_not_mix_hosts_with_this_machine),
		cmocka_unit_test(has_the_defaults_of_the_manual),
		cmocka_unit_test(fills_zones_in),
		cmocka_unit_test(knows_other_names_of_balancers),
		cmocka_unit_test(knows_who_is_alone),
		cmocka_unit_test(reads_its_own_output),
		cmocka_unit_test(reads_its_own_texts),
		cmocka_unit_test(describes_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
