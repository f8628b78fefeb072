/* Environment files: what they say, and every way to say it wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <json-c/json.h>

#include "buf.h"
#include "clock.h"
#include "config.h"
#include "config_file.h"

#define DEFAULTS "ansible/environments/local.yml"

enum { MUTATIONS = 1000 }; /* of each file of the corpus */

/* ---- one fault each */

#define G "groups:\n  api:\n" /* two lines */

static const struct wrong wrong[] = {
	/* keys */
	{ "colour: red\n" G "    min: 1\n",
	    "1: the key \"colour\" is unknown; known are: name, domain," },
	{ G "    colour: red\n",
	    "3: groups.api has the unknown key \"colour\"; known are: min, "
	    "desired, max, zones," },
	{ G "    scaling: {colour: red}\n",
	    "3: groups.api.scaling has the unknown key \"colour\"" },
	{ G "    threads: {login: 1}\n",
	    "3: groups.api has the unknown key \"threads\"" },
	{ G "    scaling:\n      policies:\n"
	    "        - {metric: cpu, target: 1}\n"
	    "        - {metric: cpu, target: 1, colour: red}\n",
	    "6: groups.api.scaling.policies[1] has the unknown key \"colour\"; "
	    "known are: metric, target, scale_in" },
	{ G "    min: 1\n    max: 3\n    min: 2\n",
	    "5: the key \"min\" is there already, in line 3" },

	/* the whole */
	{ "", "1: groups must have one group at least" },
	{ "groups: {}\n", "1: groups must have one group at least" },
	{ "[groups]\n", "1: the file must be a mapping, not a list" },
	{ "\nAllday\n", "2: the file must be a mapping, not \"Allday\"" },
	{ "groups:\n", "1: groups must be a mapping, not nothing" },
	{ "groups: [api]\n", "1: groups must be a mapping, not a list" },
	{ "groups:\n  api:\n", "2: groups.api must be a mapping, not nothing" },
	{ "groups:\n  api: ~\n", "2: groups.api must be a mapping, not" },
	{ "groups:\n  api: 1\n", "2: groups.api must be a mapping, not \"1\"" },

	/* text */
	{ "name: Prod\n" G "    {}\n",
	    "1: name must be a short name of small letters, digits and -, at "
	    "most 31 bytes, not \"Prod\"" },
	{ "name: 1a\n" G "    {}\n", "1: name must be a short name" },
	{ "name: \"\"\n" G "    {}\n", "1: name must be a short name" },
	{ "name: null\n" G "    {}\n", "1: name must be a short name of small "
				       "letters, digits and -, at most 31 "
				       "bytes, not nothing" },
	{ "name: a234567890123456789012345678901x\n" G "    {}\n",
	    "1: name must be a short name" },
	{ "name: {a: b}\n" G "    {}\n", "1: name must be a short name of "
					 "small letters, digits and -, at "
					 "most 31 bytes, not a mapping" },
	{ "domain: test\n" G "    {}\n", "1: domain must be a domain name" },
	{ "domain: -a.test\n" G "    {}\n", "1: domain must be a domain name" },
	{ "domain: a-.test\n" G "    {}\n", "1: domain must be a domain name" },
	{ "domain: a..test\n" G "    {}\n", "1: domain must be a domain name" },
	{ "domain: a.test.\n" G "    {}\n", "1: domain must be a domain name" },
	{ "domain: A.test\n" G "    {}\n", "1: domain must be a domain name" },
	{ "domain: a.a23456789012345678901234567890123456789012345678901234567"
	  "8901234\n" G "    {}\n",
	    "1: domain must be a domain name" },
	{ "provider: ../sh\n" G "    {}\n", "1: provider must be a short" },
	{ "provider: -x\n" G "    {}\n", "1: provider must be a short name" },
	{ "state: \"my\\nvar\"\n" G "    {}\n", "1: state must be the path" },
	{ "state: ''\n" G "    {}\n", "1: state must be the path" },

	/* addresses */
	{ "listen: localhost\n" G "    {}\n",
	    "1: listen must be an IPv4 address such as 127.0.0.1" },
	{ "listen: ::1\n" G "    {}\n", "1: listen must be an IPv4 address" },
	{ "listen: 127.0.0.256\n" G "    {}\n", "1: listen must be an IPv4" },
	{ "listen: {}\n" G "    {}\n", "1: listen must be a list, not a map" },
	{ "listen: []\n" G "    {}\n",
	    "1: listen must have 1 to 16 items, not 0" },
	{ "listen: [1.1.1.1, 1.1.1]\n" G "    {}\n",
	    "1: listen[1] must be an IPv4 address" },
	{ "listen:\n  - 1.1.1.1\n  - 1.1.1.2\n  - 1.1.1.1\n" G "    {}\n",
	    "4: listen has \"1.1.1.1\" twice" },
	{ "listen: [[1.1.1.1]]\n" G "    {}\n",
	    "1: listen[0] must be an IPv4 address such as 127.0.0.1, at most "
	    "15 bytes, not a list" },
	{ "instances: 127.20.0.0\n" G "    {}\n", "1: instances must be an" },
	{ "instances: 127.20.0.0/29\n" G "    {}\n", "1: instances must be" },
	{ "instances: 127.20.0.0/0\n" G "    {}\n", "1: instances must be" },
	{ "instances: 127.20.0.0/1x\n" G "    {}\n", "1: instances must be" },
	{ "instances: 127.20.0.0/ 8\n" G "    {}\n", "1: instances must be" },
	{ "instances: 127.20.0.1/16\n" G "    {}\n",
	    "1: instances must be an IPv4 network such as 127.20.0.0/16, /28 "
	    "or larger, at most 18 bytes, not \"127.20.0.1/16\": its host part "
	    "must be 0" },

	/* whole numbers */
	{ G "    min: two\n", "3: groups.api.min must be a whole number from 0 "
			      "to 10000, not \"two\"\n" },
	{ G "    min: \"1\"\n", "3: groups.api.min must be a whole number from "
				"0 to 10000, not the text \"1\"" },
	{ G "    min: -1\n", "3: groups.api.min must be a whole number" },
	{ G "    min: +1\n", "3: groups.api.min must be a whole number" },
	{ G "    min: 1.0\n", "3: groups.api.min must be a whole number" },
	{ G "    min: 1e1\n", "3: groups.api.min must be a whole number" },
	{ G "    min: 01\n", "3: groups.api.min must be a whole number" },
	{ G "    min: 0x1\n", "3: groups.api.min must be a whole number" },
	{ G "    min: true\n", "3: groups.api.min must be a whole number" },
	{ G "    min: [1]\n", "3: groups.api.min must be a whole number from 0 "
			      "to 10000, not a list" },
	{ G "    min:\n", "3: groups.api.min must be a whole number from 0 to "
			  "10000, not nothing" },
	{ G "    max: 10001\n", "3: groups.api.max must be a whole number" },
	{ G "    max: 99999999999999999999\n", "3: groups.api.max must be a" },
	{ "ports: {app: 0}\n" G "    {}\n",
	    "1: ports.app must be a whole number from 1 to 65535, not \"0\"" },
	{ "ports: {app: 65536}\n" G "    {}\n",
	    "1: ports.app must be a whole" },
	{ "balancer: {slots: 0}\n" G "    {}\n",
	    "1: balancer.slots must be a whole number from 1 to 10000" },
	{ "balancer:\n  login_rate: 1000001\n" G "    {}\n",
	    "2: balancer.login_rate must be a whole number from 1 to 1000000" },

	/* times */
	{ G "    drain: 10\n",
	    "3: groups.api.drain must be a time from 0s to 1h with its unit "
	    "(ms, s, m, h), not \"10\"" },
	{ G "    drain: 10 s\n", "3: groups.api.drain must be a time" },
	{ G "    drain: 1.5s\n", "3: groups.api.drain must be a time" },
	{ G "    drain: -1s\n", "3: groups.api.drain must be a time" },
	{ G "    drain: 1d\n", "3: groups.api.drain must be a time" },
	{ G "    drain: 3601s\n", "3: groups.api.drain must be a time" },
	{ G "    drain: 9999999999h\n", "3: groups.api.drain must be a time" },
	{ G "    drain: s\n", "3: groups.api.drain must be a time" },
	{ G "    health_check: {interval: 99ms}\n",
	    "3: groups.api.health_check.interval must be a time from 100ms to "
	    "1m with its unit" },
	{ G "    scaling:\n      scale_in_after: 901s\n",
	    "4: groups.api.scaling.scale_in_after must be a time from 0s to "
	    "15m with its unit (ms, s, m, h), not \"901s\"" },
	{ G "    scaling: {scale_out_after: 16m}\n",
	    "3: groups.api.scaling.scale_out_after must be a time" },
	{ "balancer: {connect_timeout: 0s}\n" G "    {}\n",
	    "1: balancer.connect_timeout must be a time from 1ms to 1m" },

	/* choices and truth */
	{ G "    termination_policy: first\n",
	    "3: groups.api.termination_policy must be default, oldest, newest "
	    "or oldest-release, not \"first\"" },
	{ G "    scaling: {policies: [{metric: cpu, target: 1, "
	    "scale_in: yes}]}\n",
	    "3: groups.api.scaling.policies[0].scale_in must be true or false, "
	    "not \"yes\"" },
	{ G "    scaling: {policies: [{metric: cpu, target: 1, "
	    "scale_in: \"true\"}]}\n",
	    "3: groups.api.scaling.policies[0].scale_in must be true or false, "
	    "not the text \"true\"" },

	/* policies */
	{ G "    scaling:\n      policies:\n      - target: 1\n",
	    "5: groups.api.scaling.policies[0] needs the key metric" },
	{ G "    scaling:\n      policies:\n      - metric: cpu\n",
	    "5: groups.api.scaling.policies[0] needs the key target" },
	{ G "    scaling: {policies: [{metric: memory, target: 1}]}\n",
	    "3: groups.api.scaling.policies[0].metric must be "
	    "requests_per_target, response_time or cpu, not \"memory\"" },
	{ G "    scaling: {policies: [{metric: cpu, target: 0}]}\n",
	    "3: groups.api.scaling.policies[0].target must be a number above "
	    "0, at most 1000000, not \"0\"" },
	{ G "    scaling: {policies: [{metric: cpu, target: 0.0}]}\n",
	    "3: groups.api.scaling.policies[0].target must be a number" },
	{ G "    scaling: {policies: [{metric: cpu, target: .nan}]}\n",
	    "3: groups.api.scaling.policies[0].target must be a number" },
	{ G "    scaling: {policies: [{metric: cpu, target: 1.}]}\n",
	    "3: groups.api.scaling.policies[0].target must be a number" },
	{ G "    scaling: {policies: [{metric: cpu, target: 1000000.1}]}\n",
	    "3: groups.api.scaling.policies[0].target must be a number" },
	{ G "    scaling: {policies: {metric: cpu, target: 1}}\n",
	    "3: groups.api.scaling.policies must be a list, not a mapping" },
	{ G "    scaling: {policies: [a, b, c, d, e, f, g, h, i]}\n",
	    "3: groups.api.scaling.policies must have 0 to 8 items, not 9" },

	/* schedules */
	{ G "    schedule:\n      - {min: 1}\n",
	    "4: groups.api.schedule[0] needs the key cron" },
	{ G "    schedule:\n      - {cron: \"0 8 * * *\"}\n",
	    "4: groups.api.schedule[0] needs a min, a desired or a max" },
	{ G "    schedule:\n      - {cron: \"0 24 * * *\", min: 1}\n",
	    "4: groups.api.schedule[0].cron must be a time of crontab(5) such "
	    "as \"0 8 * * mon-fri\", at most 63 bytes, not \"0 24 * * *\": its "
	    "hour is not of 0 to 23" },
	{ G "    schedule:\n      - {cron: \"0 8 * *\", min: 1}\n",
	    "4: groups.api.schedule[0].cron must be a time" },
	{ G "    schedule:\n      - {cron: @daily, min: 1}\n",
	    "4: is not YAML: " },
	{ G "    schedule:\n      - {cron: \"0 8 * * *\", "
	    "time_zone: Asia/Seol, min: 1}\n",
	    "4: groups.api.schedule[0].time_zone must be a time zone such as "
	    "Asia/Seoul, UTC or +09:00, at most 63 bytes, not \"Asia/Seol\"" },
	{ G "    schedule:\n      - {cron: \"0 8 * * *\", min: -1}\n",
	    "4: groups.api.schedule[0].min must be a whole number" },

	/* zones, launch template, health check, balancer */
	{ G "    zones: []\n",
	    "3: groups.api.zones must have 1 to 16 items, not 0" },
	{ G "    zones: local\n",
	    "3: groups.api.zones must be a list, not \"local\"" },
	{ G "    zones: [a, A]\n", "3: groups.api.zones[1] must be a short" },
	{ G "    zones: [a, b, a]\n", "3: groups.api.zones has \"a\" twice" },
	{ G "    launch_template: {release: a/b}\n",
	    "3: groups.api.launch_template.release must be a name of" },
	{ G "    launch_template:\n      threads:\n        login: 65\n",
	    "5: groups.api.launch_template.threads.login must be a whole "
	    "number from 1 to 64" },
	{ G "    launch_template:\n      threads:\n        Login: 1\n",
	    "5: groups.api.launch_template.threads has \"Login\", which must "
	    "be the name of a program" },
	{ G "    launch_template: {threads: {logins: 1}}\n",
	    "3: groups.api.launch_template.threads has \"logins\", which must "
	    "be the name of a program: login, auth, todo, classic or health" },
	{ G "    launch_template: {environment: {DB_NAME: x}}\n",
	    "3: groups.api.launch_template.environment has \"DB_NAME\", which "
	    "must be the name of a variable: letters, digits and _, at most 63 "
	    "bytes: that one has its value already" },
	{ G "    launch_template: {environment: {1A: x}}\n",
	    "3: groups.api.launch_template.environment has \"1A\", which must "
	    "be the name of a variable" },
	{ G "    launch_template: {environment: {A: [x]}}\n",
	    "3: groups.api.launch_template.environment.A must be text, at most "
	    "4096 bytes, not a list" },
	{ G "    health_check: {path: readyz}\n",
	    "3: groups.api.health_check.path must be a path such as /readyz" },
	{ G "    health_check: {path: \"/a b\"}\n",
	    "3: groups.api.health_check.path must be a path" },
	{ "balancer: {cors_origins: [\"http://a\\\"b\"]}\n" G "    {}\n",
	    "1: balancer.cors_origins[0] must be an origin" },

	/* what nothing can launch, and what would never serve */
	{ "provider: nowhere\n" G "    {}\n",
	    "1: provider is nowhere, which is no executable in asg/providers" },
	{ "groups:\n  worker: {}\n",
	    "2: groups.worker must be called web or api, or begin with web- or "
	    "api-: that says what its instances are" },
	{ "groups:\n  webx: {}\n", "2: groups.webx must be called web or" },
	{ "instances: 127.20.0.0/28\ngroups: {web: {}, api: {}}\n",
	    "1: instances is 127.20.0.0/28, which has 14 addresses: the groups "
	    "may need 18 at once, max and replacements together" },
	{ "instances: 127.20.0.0/28\n" G
	  "    schedule: [{cron: \"@daily\", max: 14}]\n",
	    "1: instances is 127.20.0.0/28, which has 14 addresses: the groups "
	    "may need 15 at once" },
	{ G "    health_check: {path: /}\n",
	    "3: groups.api.health_check.path must be /readyz or /healthz, not "
	    "/: nothing else of an api group answers 200 to anybody" },
	{ G "    health_check: {grace: 0s}\n",
	    "3: groups.api.health_check.grace must be at least 400ms, not 0s: "
	    "healthy, 2, takes so long" },
	{ G "    health_check:\n      healthy: 100\n",
	    "4: groups.api.health_check.grace must be at least 10200ms, not "
	    "10s: healthy, 100, takes so long" },
	{ G "    schedule:\n      - {cron: \"0 8 31 feb *\", min: 1}\n",
	    "4: groups.api.schedule[0].cron must be a time of crontab(5) such "
	    "as \"0 8 * * mon-fri\", at most 63 bytes, not \"0 8 31 feb *\": "
	    "none of its months has such a day" },
	{ "domain: todo.1\n" G "    {}\n",
	    "1: domain must be a domain name such as todo.test, at most 249 "
	    "bytes, not \"todo.1\": browsers take it for an address" },
	{ "domain: 192.0.2.1\n" G "    {}\n", "1: domain must be a domain" },
	{ "domain: a.0x1f\n" G "    {}\n", "1: domain must be a domain name" },

	/* names of groups */
	{ "groups:\n  Web: {}\n",
	    "2: groups has \"Web\", which must be a short name of small "
	    "letters, digits and -, at most 31 bytes\n" },
	{ "groups:\n  a234567890123456789012345678901x: {}\n",
	    "2: groups has \"a234567890123456789012345678901x\", which must" },
	{ "groups:\n  web-open: {}\n",
	    "2: groups has \"web-open\", which must be a short name of small "
	    "letters, digits and -, at most 31 bytes: names that end in -open "
	    "are taken" },

	/* what no key can be asked alone */
	{ G "    min: 3\n",
	    "3: groups.api.min must be at most desired, 2, not 3" },
	{ G "    desired: 9\n",
	    "3: groups.api.desired must be at most max, 8, not 9" },
	{ G "    max: 1\n",
	    "3: groups.api.desired must be at most max, 1, not 2" },
	{ G "    desired: 4\n    max: 3\n    min: 2\n",
	    "3: groups.api.desired must be at most max, 3, not 4" },
	{ G "    max: 21\n",
	    "3: groups.api.max must be at most balancer.slots, 20, not 21" },
	{ G "    max: 20\n",
	    "3: groups.api.max must leave 2 of balancer.slots, 20, for "
	    "replacements, not be 20" },
	{ G "    min: 1\nbalancer:\n  slots: 7\n",
	    "5: groups.api.max must be at most balancer.slots, 7, not 8" },
	{ G "    schedule:\n      - {cron: \"@daily\", min: 5, max: 4}\n",
	    "4: groups.api.schedule[0].min must be at most max, 4, not 5" },
	{ G "    schedule:\n      - {cron: \"@daily\", min: 5, desired: 4}\n",
	    "4: groups.api.schedule[0].min must be at most desired, 4, not 5" },
	{ G "    schedule:\n      - {cron: \"@daily\", desired: 5, max: 4}\n",
	    "4: groups.api.schedule[0].desired must be at most max, 4, not 5" },
	{ G "    schedule:\n      - {cron: \"@daily\", desired: 9}\n",
	    "4: groups.api.schedule[0].desired must be at most max, 8, not 9" },
	{ G "    schedule:\n      - {cron: \"@daily\", min: 9}\n",
	    "4: groups.api.schedule[0].min must be at most max, 8, not 9" },
	{ G "    schedule:\n      - {cron: \"@daily\", max: 21}\n",
	    "4: groups.api.schedule[0].max must be at most balancer.slots, "
	    "20, not 21" },
	{ G "    schedule:\n      - {cron: \"@daily\", max: 0}\n",
	    "4: groups.api.min must be at most max of a scheduled action, 0, "
	    "not 1" },
	{ "ports: {app: 8081}\n" G "    {}\n",
	    "1: ports.app is 8081, but ports.api is 8081: they must differ" },
	{ "ports: {app: 8405}\n" G "    {}\n",
	    "1: ports.app is 8405, but ports.stats is 8404 to 8405: they" },
	{ "listen: [127.0.0.1, 127.0.0.2]\nports: {dns: 8407}\n" G "    {}\n",
	    "2: ports.dns is 8407, but ports.stats is 8404 to 8407: they" },
	{ "ports: {stats: 65535}\n" G "    {}\n",
	    "1: ports.stats must not be beyond 65535, but is 65535 to 65536" },

	/* what is for hosts, and what is not */
	{ "zones:\n  a: {host: x, subnets: {public: 10.0.0.0/24, app: "
	  "10.0.1.0/24, data: 10.0.2.0/24}}\n" G "    {}\n",
	    "1: zones is for the provider nspawn alone\n" },
	{ G "    launch_template:\n      memory: 1G\n",
	    "4: groups.api.launch_template.memory is for the provider nspawn "
	    "alone\n" },

	/* not YAML, or more of it than is wanted */
	{ "groups: {api: {}\nname: a\n", "2: is not YAML: " },
	{ G "    min: 1\n   max: 2\n", "4: is not YAML: " },
	{ G "    {}\n---\nname: a\n", "4: has a second document" },
	{ "%YAML 2.0\n---\n" G "    {}\n", "1: is not YAML: " },
	{ G "    {}\nname: &a a\n", "4: anchors and aliases" },
	{ G "    {}\nname: *a\n", "4: anchors and aliases" },
	{ G "    {}\nname: !!str a\n", "4: tags (!) are not allowed" },
	{ G "    {}\n? [a]\n: b\n", "4: a key must be text" },
	{ G "\t{}\n", "3: has a tab where spaces are wanted" },
	{ G "    {}\nname: \xff\n", "4: is not UTF-8 text" },
	{ G "    {}\nname: \xc0\xaf\n", "4: is not UTF-8 text" },
	{ G "    {}\nname: \xe0\x80\xaf\n", "4: is not UTF-8 text" },
	{ G "    {}\nname: \xed\xa0\x80\n", "4: is not UTF-8 text" },
	{ G "    {}\nname: \xf4\x90\x80\x80\n", "4: is not UTF-8 text" },
	{ G "    {}\nname: \x80\n", "4: is not UTF-8 text" },
	{ G "    {}\nname: \xe2\x82", "4: is not UTF-8 text" },
	{ G "    {}\nname: \xe2\x80\xa8\n", "4: has the control character "
					    "U+2028" },
	{ G "    {}\nname: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n",
	    "4: has more than 16 levels" },
	{ G "    {}\nname: \x01\n", "4: has the control character U+0001" },
	{ G "    {}\r\nname: \x01\r\n", "4: has the control character" },
	{ G "    {}\nname: \"\\0\"\n", "4: has a text that is not UTF-8, or" },
	{ G "    launch_template: {environment: {A: \"\\x85\"}}\n",
	    "3: has a text that is not UTF-8, or has a control character" },
	{ G "    launch_template: {environment: {A: \"\\L\"}}\n",
	    "3: has a text that is not UTF-8, or has a control character" },
	{ G "    {}\nname: >\n  a\n", "5: folded text (>) is not allowed" },
	{ G "    {}\nname: 'a''''b'\n", "4: has two quotes in a row" },
};

static void
names_each_fault_and_its_line(void **state)
{
	(void)state;
	assert_wrong(wrong, sizeof(wrong) / sizeof(wrong[0]), "");
}

/* What a browser sends (Fetch 3.1); "" for what leads to no origin. */
static void
takes_origins_as_browsers_send_them(void **state)
{
	static const char *const good[] = { "http://localhost:3000",
		"https://a", "https://a.example.com", "http://127.0.0.1:5173",
		"http://[::1]:3000", "https://[2001:db8::1]", "http://a_b.test",
		"https://localhost.", "http://a:443", "https://a:80",
		"http://xn--9d0bm53a3xbzui.test", "http://a:65535",
		"http://[::ffff:7f00:1]" };
	static const struct {
		const char *origin, *sent;
	} sent_as[] = { { "http://localhost:3000/", "http://localhost:3000" },
		{ "http://a/b", "http://a" }, { "http://a?b", "http://a" },
		{ "http://a/#b", "http://a" },
		{ "http://Localhost:3000", "http://localhost:3000" },
		{ "HTTP://a", "http://a" }, { "http://a:80", "http://a" },
		{ "https://a:443", "https://a" },
		{ "https://a:0443", "https://a" },
		{ "http://a:03000", "http://a:3000" },
		{ "http://me@a", "http://a" }, { "http://a:b@c", "http://c" },
		{ "localhost:3000", "http://localhost:3000" },
		{ "a.test", "http://a.test" }, { "http://a:", "http://a" },
		{ "http://127.1:3000", "http://127.0.0.1:3000" },
		{ "http://0x7f.1", "http://127.0.0.1" },
		{ "http://[0:0:0:0:0:0:0:1]", "http://[::1]" },
		{ "http://[::FFFF:127.0.0.1]", "http://[::ffff:7f00:1]" },
		{ "*", "" }, { "http://*", "" }, { "https://*.a.test", "" },
		{ "ftp://a", "" }, { "http://", "" }, { "http://a b", "" },
		{ "http://a:65536", "" }, { "http://a:0", "" },
		{ "http://a:x", "" }, { "http://[::1", "" },
		{ "http://[g]", "" }, { "http://\xed\x95\x9c.test", "" },
		{ "http://1.2.3.4.5", "" }, { "http://a..b", "" } };
	char text[256], *said, sent[128];
	struct config c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(text, sizeof(text),
		    "balancer: {cors_origins: [\"%s\"]}\n" G "    {}\n",
		    good[i]);
		assert_taken(text, &c, NULL);
		config_free(&c);
	}
	for (i = 0; i < sizeof(sent_as) / sizeof(*sent_as); i++) {
		snprintf(text, sizeof(text),
		    "balancer: {cors_origins: [\"%s\"]}\n" G "    {}\n",
		    sent_as[i].origin);
		snprintf(sent, sizeof(sent), ": browsers send %s\n",
		    sent_as[i].sent);
		if ((said = faults(text, NULL)) == NULL)
			fail_msg("%s was taken", sent_as[i].origin);
		if (strncmp(said, "1: balancer.cors_origins[0] must be", 35) !=
			0 ||
		    (strstr(said, "browsers send") != NULL) !=
			(*sent_as[i].sent != '\0') ||
		    (*sent_as[i].sent != '\0' && strstr(said, sent) == NULL))
			fail_msg("%s: %s", sent_as[i].origin, said);
		free(said);
	}
}

/* So much at once no provider is given. */
static void
bounds_the_variables_of_programs(void **state)
{
	struct buf b = { 0 };
	char *said;
	int i, j;

	(void)state;
	buf_str(&b, G "    launch_template:\n      environment:\n");
	for (i = 0; i < 10; i++) {
		buf_printf(&b, "        A%d: ", i);
		for (j = 0; j < 200; j++)
			buf_str(&b, "0123456789");
		buf_str(&b, "\n");
	}
	said = faults(b.data, NULL);
	assert_non_null(said);
	assert_non_null(strstr(said,
	    "4: groups.api.launch_template.environment must have at most "
	    "20000 bytes in all, not 20"));
	free(said);
	buf_free(&b);
}

static void
tells_all_faults_at_once(void **state)
{
	char *said;

	(void)state;
	said = faults("name: A\nports: {api: x}\n" G
		      "    min: 1.5\n    colour: 1\n    drain: soon\n",
	    NULL);
	assert_string_equal(said,
	    "1: name must be a short name of small letters, digits and -, at "
	    "most 31 bytes, not \"A\"\n"
	    "2: ports.api must be a whole number from 1 to 65535, not \"x\"\n"
	    "5: groups.api.min must be a whole number from 0 to 10000, not "
	    "\"1.5\"\n"
	    "6: groups.api has the unknown key \"colour\"; known are: min, "
	    "desired, max, zones, launch_template, health_check, drain, "
	    "slow_start, termination_policy, scaling, schedule\n"
	    "7: groups.api.drain must be a time from 0s to 1h with its unit "
	    "(ms, s, m, h), not \"soon\"\n");
	free(said);

	said = faults("groups: {a-open: {}, B: {}, c-open: {}}\n", NULL);
	assert_string_equal(said,
	    "1: groups has \"a-open\", which must be a short name of small "
	    "letters, digits and -, at most 31 bytes: names that end in -open "
	    "are taken\n"
	    "1: groups has \"B\", which must be a short name of small "
	    "letters, digits and -, at most 31 bytes\n"
	    "1: groups has \"c-open\", which must be a short name of small "
	    "letters, digits and -, at most 31 bytes: names that end in -open "
	    "are taken\n");
	free(said);
}

/* A sentence stays one line of a bearable length, in UTF-8. */
static void
shows_what_was_found(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "name: \"a\\nb\\x01c\"\n" G "    {}\n", "\"a b c\"" },
		{ "name: 0123456789012345678901234567890123456789\n" G
		  "    {}\n",
		    "\"0123456789012345678901234567890123456789\"" },
		{ "name: 01234567890123456789012345678901234567890\n" G
		  "    {}\n",
		    "\"0123456789012345678901234567890123456789…\"" },
		{ "name: 가나다라마바사아자차카타파하가나다라마바사아자차카타파"
		  "하가나다라마바사아자차카타파하\n" G "    {}\n",
		    "\"가나다라마바사아자차카타파하가나다라마바사아자차카타파하"
		    "가나다라마바사아자차카타…\"" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *said = faults(cases[i].text, NULL);

		if (said == NULL || strstr(said, cases[i].shown) == NULL)
			fail_msg("%s: not %s", said, cases[i].shown);
		free(said);
	}
}

/* Whoever asks for JSON on stdout reads our sentences alone on stderr. */
static void
says_nothing_itself(void **state)
{
	int fd = memfd_create("stderr", 0), before = dup(2), i;
	static const char *const texts[] = { "a: [", "%YAML 9.9\n---\na: 1\n",
		"a: \"\\q\"\n", "a: |1\n x\n  y\n z\n", "a: @\n", "{a: }]",
		"%TAG ! a b\n---\n" };
	struct stat st;

	(void)state;
	dup2(fd, 2);
	for (i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
		free(faults(texts[i], NULL));
	dup2(before, 2);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	close(before);
	close(fd);
}

static void
blames_the_file_that_is_wrong(void **state)
{
	const char *text = "groups:\n  api:\n    max: 1\n  web-2: {max: 30}\n";
	struct file below = file_of("groups: 1\n", 10);
	struct buf error = { 0 };
	struct config c;
	char wanted[96], *said;

	(void)state;
	/* Whose max it is, though the defaults have desired and slots. */
	said = faults(text, DEFAULTS);
	assert_string_equal(said,
	    "3: groups.api.desired must be at most max, 1, not 2\n"
	    "4: groups.web-2.max must be at most balancer.slots, 20, not "
	    "30\n");
	free(said);

	assert_false(
	    config_read(&c, CORPUS "/good-full.yml", below.path, &error));
	snprintf(wanted, sizeof(wanted),
	    "%s:1: groups must be a mapping, not \"1\"\n", below.path);
	assert_string_equal(error.data, wanted);
	config_free(&c);

	assert_false(config_read(&c, "nowhere.yml", DEFAULTS, &error));
	assert_string_equal(error.data,
	    "nowhere.yml: cannot be read: No such file or directory\n");
	config_free(&c);
	assert_false(config_read(&c, "tests", "nowhere.yml", &error));
	assert_string_equal(error.data,
	    "nowhere.yml: cannot be read: No such file or directory\n"
	    "tests: cannot be read: Is a directory\n");
	config_free(&c);
	buf_free(&error);
	close(below.fd);
}

/* ---- what is taken */

static void
fills_everything_in(void **state)
{
	struct buf error = { 0 };
	const struct group_config *g;
	struct config c;

	(void)state;
	assert_true(config_read(&c, CORPUS "/good-full.yml", DEFAULTS, &error));
	assert_string_equal(c.name, "seoul-1");
	assert_string_equal(c.domain, "todo.example.com");
	assert_int_equal(c.slots, 50);
	assert_int_equal(c.group_count, 2);
	assert_null(config_group(&c, "web-2"));

	g = config_group(&c, "web");
	assert_int_equal(g->max, 0);
	assert_string_equal(g->threads, "");
	assert_string_equal(g->environment, "{}");
	assert_int_equal(g->zone_count, 1);
	assert_string_equal(g->zones[0], "local");

	g = config_group(&c, "api");
	assert_string_equal(g->name, "api");
	assert_int_equal(g->min, 2);
	assert_int_equal(g->desired, 3);
	assert_int_equal(g->max, 40);
	assert_int_equal(g->grace, 60 * CLOCK_SECOND);
	assert_int_equal(g->drain, 3600 * CLOCK_SECOND);
	assert_int_equal(g->warm_up, 60 * CLOCK_SECOND);
	assert_int_equal(g->cooldown, 7200 * CLOCK_SECOND);
	assert_int_equal(g->out_after, CLOCK_SECOND / 1000);
	assert_int_equal(g->in_after, 900 * CLOCK_SECOND);
	assert_int_equal(g->termination_policy, TERMINATE_OLDEST_RELEASE);
	assert_int_equal(g->zone_count, 2);
	assert_string_equal(g->zones[1], "seoul-b");
	assert_string_equal(g->release, "1.2~rc1+20260101");
	/* two of them from below */
	assert_string_equal(g->threads, "login=4 auth=2 todo=64 classic=2");
	assert_string_equal(g->environment,
	    "{\"GREETING\":\"안녕하세요\",\"MOTD\":\"one \\\"line\\\"\\n"
	    "another\\n\",\"EMPTY\":\"\",\"NUMBER\":\"010\"}");

	assert_int_equal(g->policy_count, 3);
	assert_int_equal(g->policies[0].metric, REQUESTS_PER_TARGET);
	assert_true(g->policies[0].target == 100);
	assert_true(g->policies[0].scale_in);
	assert_int_equal(g->policies[1].metric, RESPONSE_TIME);
	assert_true(g->policies[1].target == 250.5);
	assert_false(g->policies[1].scale_in);
	assert_int_equal(g->policies[2].metric, CPU);
	assert_true(g->policies[2].target == 0.000001);

	assert_int_equal(g->schedule_count, 2);
	assert_string_equal(g->schedule[0].text, "0 8 * * mon-fri");
	assert_string_equal(g->schedule[0].time_zone, "Asia/Seoul");
	assert_int_equal(g->schedule[0].min, 2);
	assert_int_equal(g->schedule[0].desired, 4);
	assert_int_equal(g->schedule[0].max, 8);
	assert_int_equal(g->schedule[0].cron.weekdays, 0x3e);
	assert_string_equal(g->schedule[1].text, "@daily");
	assert_string_equal(g->schedule[1].time_zone, "UTC");
	assert_int_equal(g->schedule[1].min, -1);
	assert_int_equal(g->schedule[1].desired, 2);
	assert_int_equal(g->schedule[1].max, -1);
	assert_int_equal(g->schedule[1].cron.hours, 1);
	config_free(&c);
	buf_free(&error);
}

static void
takes_the_ends_of_ranges(void **state)
{
	static const char *const texts[] = {
		G "    {min: 0, desired: 0, max: 0}\n",
		G "    {min: 9090, desired: 9090, max: 9090}\n"
		  "balancer: {slots: 10000}\n",
		G "    drain: 0s\n    slow_start: 1h\n",
		G "    scaling: {scale_in_after: 15m, scale_out_after: 0ms}\n",
		G "    scaling: {policies: [{metric: cpu, target: 1000000}]}\n",
		G "    schedule: [{cron: \"@daily\", desired: 8}]\n",
		G "    schedule: [{cron: \"@daily\", max: 18}, {cron: "
		  "\"@daily\", desired: 18}]\n",
		G "    schedule: [{cron: \"@daily\", min: 0, max: 0}]\n",
		G "    launch_template: {release: \"\", threads: {}}\n",
		"domain: a.b\ninstances: 10.0.0.0/8\n" G "    {}\n",
		"instances: 10.0.0.16/28\nlisten: [10.0.0.1]\n" G "    {}\n",
		"ports: {stats: 65534, app: 1}\n" G "    {}\n",
		"ports: {app: 8403, api: 8406}\n" G "    {}\n",
		"state: /home/사용자/var\n" G "    {}\n",
		"state: 'my \"var\", (1) #$:=&%'\n" G "    {}\n",
		"groups: {web-567890123456789012345678901: {}, api-o: {}}\n",
		"balancer: {cors_origins: [\"http://[::1]:81\", https://a]}\n" G
		"    {}\n",
	};
	struct config c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_taken(texts[i], &c, NULL);
		config_free(&c);
	}
}

static struct json_object *
parsed(const struct config *c)
{
	struct json_object *j = json_tokener_parse(c->json.data);

	assert_non_null(j);
	assert_null(memchr(c->json.data, '\n', c->json.len));
	return j;
}

static const char *
member(struct json_object *j, const char *path)
{
	struct json_object *found = NULL;

	assert_int_equal(json_pointer_get(j, path, &found), 0);
	return json_object_to_json_string_ext(
	    found, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void
keeps_types_in_json(void **state)
{
	struct config c;
	struct json_object *j;

	(void)state;
	assert_taken(G "    launch_template:\n"
		       "      release: 1234\n"
		       "      threads: {login: 3}\n"
		       "      environment: {A: 1, B: true, C: \"\", D: '\\'}\n"
		       "    scaling: {policies: [{metric: cpu, target: 50.25, "
		       "scale_in: false}]}\n",
	    &c, DEFAULTS);
	j = parsed(&c);
	assert_string_equal(member(j, "/ports/app"), "8080");
	assert_string_equal(member(j, "/listen"), "[\"127.0.0.1\"]");
	assert_string_equal(member(j, "/groups/api/launch_template"),
	    "{\"release\":\"1234\",\"threads\":{\"login\":3,\"auth\":2,"
	    "\"todo\":4,\"classic\":2},\"environment\":{\"A\":\"1\",\"B\":"
	    "\"true\",\"C\":\"\",\"D\":\"\\\\\"}}");
	assert_string_equal(member(j, "/groups/api/scaling/policies/0"),
	    "{\"metric\":\"cpu\",\"target\":50.25,\"scale_in\":false}");
	assert_string_equal(member(j, "/groups/api/drain"), "\"10s\"");
	assert_string_equal(member(j, "/groups/web/schedule"), "[]");
	json_object_put(j);
	config_free(&c);
}

/* The manual shows what holds anyway: two places, one truth. */
static void
has_the_defaults_of_the_manual(void **state)
{
	struct config shown, built_in, batch;
	struct json_object *a, *b, *g, *h;
	struct buf error = { 0 };

	(void)state;
	if (!config_read(&shown, DEFAULTS, NULL, &error))
		fail_msg("%s", error.data);
	assert_taken(
	    "groups:\n  web: {}\n  api:\n    launch_template:\n"
	    "      threads: {login: 2, auth: 2, todo: 4, classic: 2}\n",
	    &built_in, NULL);
	a = parsed(&shown);
	b = parsed(&built_in);
	if (!json_object_equal(a, b))
		fail_msg("%s\n%s", shown.json.data, built_in.json.data);

	/* Any group is as web is. */
	assert_taken("groups: {web-2: {}}\n", &batch, DEFAULTS);
	assert_int_equal(batch.group_count, 3);
	json_object_put(b);
	b = parsed(&batch);
	assert_int_equal(json_pointer_get(b, "/groups/web-2", &g), 0);
	assert_int_equal(json_pointer_get(a, "/groups/web", &h), 0);
	assert_true(json_object_equal(g, h));
	json_object_put(a);
	json_object_put(b);
	config_free(&shown);
	config_free(&built_in);
	config_free(&batch);
	buf_free(&error);
}

static void
merges_deeply(void **state)
{
	struct config c;
	struct json_object *j;

	(void)state;
	assert_taken(
	    "ports: {dns: 53}\nlisten: [10.0.0.1, 10.0.0.2]\n"
	    "groups: {api: {health_check: {path: /healthz}, zones: [b]}}\n"
	    "balancer: {cors_origins: []}\n",
	    &c, DEFAULTS);
	j = parsed(&c);
	assert_string_equal(member(j, "/ports"),
	    "{\"app\":8080,\"api\":8081,\"stats\":8404,\"dns\":53}");
	assert_string_equal(
	    member(j, "/listen"), "[\"10.0.0.1\",\"10.0.0.2\"]");
	assert_string_equal(member(j, "/groups/api/health_check"),
	    "{\"path\":\"/healthz\",\"interval\":\"1s\",\"healthy\":2,"
	    "\"unhealthy\":2,\"grace\":\"10s\"}");
	assert_string_equal(member(j, "/groups/api/zones"), "[\"b\"]");
	assert_string_equal(member(j, "/groups/web/zones"), "[\"local\"]");
	assert_string_equal(member(j, "/balancer/cors_origins"), "[]");
	json_object_put(j);
	config_free(&c);
}

/* ---- bounds */

static void
bounds_what_it_reads(void **state)
{
	struct buf b = { 0 };
	char *said;
	int i;

	(void)state;
	buf_str(&b, "groups: {web: {}}\n#");
	while (b.len < 1024 * 1024 - 1)
		buf_str(&b, "x");
	assert_null(faults(b.data, NULL)); /* 1 MiB - 1 */
	buf_str(&b, "xx");
	said = faults(b.data, NULL);
	assert_string_equal(
	    strchr(said, ' ') + 1, "cannot be read: it has more than 1 MiB\n");
	free(said);

	buf_clear(&b);
	for (i = 0; i < 15000; i++)
		buf_printf(&b, "k%d: 1\n", i);
	said = faults(b.data, NULL);
	assert_string_equal(said, "10000: has more than 10000 values\n");
	free(said);

	/* Many faults are not all told. */
	buf_clear(&b);
	for (i = 0; i < 5000; i++)
		buf_printf(&b, "k%d: 1\n", i);
	said = faults(b.data, NULL);
	assert_true(strlen(said) > 32 * 1024 && strlen(said) < 72 * 1024);
	free(said);

	/* Two files of which each is good have too much together. */
	buf_clear(&b);
	buf_str(&b, "groups:\n");
	for (i = 0; i < 63; i++)
		buf_printf(&b, "  web-%d: {}\n", i);
	assert_null(faults(b.data, NULL));
	said = faults(b.data, DEFAULTS);
	assert_string_equal(
	    said, "1: groups must have 0 to 64 entries, not 65\n");
	free(said);
	buf_free(&b);
}

/* ---- the corpus, and what becomes of it by accident */

static uint64_t seed = 88172645463325252U;

static size_t
chance(size_t n)
{
	seed ^= seed << 13; /* xorshift64: the same on every machine */
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return n != 0 ? seed % n : 0;
}

/* A bit, a byte that matters to YAML, a piece less, a piece twice. */
static void
mutate(struct buf *b)
{
	static const char marks[] = "\n\n  :-?[]{},#&*!|>'\"%@`~\\\t\r\0\x80";
	size_t at = chance(b->len), n = chance(1 + chance(24));
	char piece[24];

	if (b->len == 0)
		return;
	if (n > b->len - at)
		n = b->len - at;
	switch (chance(4)) {
	case 0:
		b->data[at] ^= (char)(1 << chance(8));
		break;
	case 1:
		b->data[at] = marks[chance(sizeof(marks))];
		break;
	case 2:
		memmove(b->data + at, b->data + at + n, b->len - at - n);
		b->len -= n;
		break;
	default:
		memcpy(piece, b->data + at, n);
		at = chance(b->len);
		buf_add(b, piece, n);
		memmove(b->data + at + n, b->data + at, b->len - at - n);
		memcpy(b->data + at, piece, n);
	}
}

/* Whatever it is: no crash, and either JSON or sentences in UTF-8. */
static bool
survives(const struct buf *text)
{
	struct file f = file_of(text->data, text->len);
	struct buf error = { 0 };
	struct config c;
	bool ok = config_read(&c, f.path, NULL, &error);
	const char *s;

	if (ok)
		json_object_put(parsed(&c));
	else
		assert_true(error.len > 0 && error.data[error.len - 1] == '\n');
	assert_true(!ok || error.len == 0);
	for (s = error.data; s != NULL && *s != '\0'; s++)
		assert_true((unsigned char)*s >= ' ' || *s == '\n');
	config_free(&c);
	buf_free(&error);
	close(f.fd);
	return ok;
}

static void
load(const char *name, struct buf *b)
{
	char path[512], block[4096];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), CORPUS "/%s", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	buf_str(b, "");
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add(b, block, n);
	fclose(file);
}

static void
survives_the_corpus(void **state)
{
	struct dirent **names;
	int count = scandir(CORPUS, &names, NULL, alphasort), i, n, good = 0;

	(void)state;
	assert_true(count > 40);
	for (i = 0; i < count; i++) {
		struct buf original = { 0 }, b = { 0 };

		if (*names[i]->d_name != '.') {
			load(names[i]->d_name, &original);
			if (survives(&original) !=
			    (strncmp(names[i]->d_name, "good", 4) == 0))
				fail_msg("%s is not", names[i]->d_name);
			for (n = 0; n < MUTATIONS; n++) {
				if (n % 8 == 0) {
					buf_clear(&b);
					buf_add(
					    &b, original.data, original.len);
				}
				mutate(&b);
				good += survives(&b);
			}
		}
		buf_free(&original);
		buf_free(&b);
		free(names[i]);
	}
	free(names);
	assert_true(good > 0); /* some were no fault */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_each_fault_and_its_line),
		cmocka_unit_test(takes_origins_as_browsers_send_them),
		cmocka_unit_test(bounds_the_variables_of_programs),
		cmocka_unit_test(tells_all_faults_at_once),
		cmocka_unit_test(shows_what_was_found),
		cmocka_unit_test(says_nothing_itself),
		cmocka_unit_test(blames_the_file_that_is_wrong),
		cmocka_unit_test(fills_everything_in),
		cmocka_unit_test(takes_the_ends_of_ranges),
		cmocka_unit_test(keeps_types_in_json),
		cmocka_unit_test(has_the_defaults_of_the_manual),
		cmocka_unit_test(merges_deeply),
		cmocka_unit_test(bounds_what_it_reads),
		cmocka_unit_test(survives_the_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
