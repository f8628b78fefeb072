#!/bin/sh
# ansible-core 2.14.18 (Debian 12) and 2.19.11 (Debian 13): a task with `ignore_unreachable: true`
# whose delegate cannot be reached ends the play for all hosts when it has `run_once: true` (or
# the play `any_errors_fatal`): "...ignoring" is printed, then NO MORE HOSTS LEFT, and the status
# is that of a failure. Without run_once the play goes on; with `ignore_errors: true` beside it,
# which speaks of failures and not of hosts out of reach, it goes on as well.
#
# For us: roles/host/tasks/left.yml says both, so that a host that is gone for good can be taken
# out of the file.
#
# Wants root and mmdebstrap, on Debian 12. Exit 1: it has changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
mmdebstrap --quiet --variant=minbase --include="ansible-core=2.14.18-0+deb12u2,openssh-client" \
	bookworm old >/dev/null 2>&1
mmdebstrap --quiet --variant=minbase --include="ansible-core=2.19.11-0+deb13u1,openssh-client" \
	trixie new >/dev/null 2>&1

task() { # MORE WORDS OF THE TASK
	cat <<-END
	- hosts: here
	  connection: local
	  gather_facts: false
	  tasks:
	    - ansible.builtin.command: "true"
	      delegate_to: away
	      ignore_unreachable: true
	$1
	    - ansible.builtin.debug: {msg: went on}
	END
}
try() { # ROOT LABEL MORE
	task "$3" > "$1/play.yml"
	# Nobody listens at port 1.
	printf '[here]\none\ntwo\n[others]\naway ansible_host=127.0.0.1 ansible_port=1 ansible_connection=ssh\n' \
		> "$1/inventory"
	printf '%s, %s: ' "$1" "$2"
	if chroot "$1" env LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 ansible-playbook -i /inventory /play.yml > log 2>&1
	then status=well; else status=badly; fi
	echo "ended $status, went on at $(grep -c '"msg": "went on"' log || :) of 2 hosts, ignoring $(grep -c '^\.\.\.ignoring' log || :)"
}
got=$(for root in old new; do
	try $root "for each host" ""
	try $root "run once" "      run_once: true"
	try $root "run once, errors ignored" "      run_once: true
      ignore_errors: true"
done)
echo "$got"
wanted='old, for each host: ended well, went on at 2 of 2 hosts, ignoring 2
old, run once: ended badly, went on at 0 of 2 hosts, ignoring 1
old, run once, errors ignored: ended well, went on at 2 of 2 hosts, ignoring 1
new, for each host: ended well, went on at 2 of 2 hosts, ignoring 2
new, run once: ended badly, went on at 0 of 2 hosts, ignoring 1
new, run once, errors ignored: ended well, went on at 2 of 2 hosts, ignoring 1'
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
