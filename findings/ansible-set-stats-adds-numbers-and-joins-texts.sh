#!/bin/sh
# ansible-core 2.14.18 (Debian 12) and 2.19.11 (Debian 13): set_stats of a key that is there already, by another
# task or by another host, adds numbers up and joins texts without a blank between them. Of a text and a number the
# older version joins them as text; the newer one keeps the first, and says nothing.
#
# For us: `summary`, which deploy.yml prints at its end, is written by several tasks; each text ends with
# a line feed.
#
# Wants root and mmdebstrap, on Debian 12. Exit 1: it has changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
mmdebstrap --quiet --variant=minbase --include="ansible-core=2.14.18-0+deb12u2" bookworm old >/dev/null 2>&1
mmdebstrap --quiet --variant=minbase --include="ansible-core=2.19.11-0+deb13u1" trixie new >/dev/null 2>&1

for root in old new; do
	cat > $root/play.yml <<-END
	- hosts: one,two
	  connection: local
	  gather_facts: false
	  tasks:
	    - ansible.builtin.set_stats: {data: {text: "a", number: 1}}
	      run_once: true
	    - ansible.builtin.set_stats: {data: {text: "b", number: 2}}
	      run_once: true
	    - ansible.builtin.set_stats: {data: {of_both: "x"}}
	    - ansible.builtin.set_stats: {data: {mixed: "{{ (inventory_hostname == 'one') | ternary('text', 3) }}"}}
	END
	printf '%s: ' $root
	chroot $root env LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 ANSIBLE_SHOW_CUSTOM_STATS=1 \
		ansible-playbook -i one,two, /play.yml 2>&1 | sed -n 's/.*RUN: *//p' | tr -d ' '
done > got
cat got
wanted='old: {"mixed":"text3","number":3,"of_both":"xx","text":"ab"}
new: {"mixed":"text","number":3,"of_both":"xx","text":"ab"}'
[ "$(cat got)" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
