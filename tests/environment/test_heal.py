"""What befalls a machine costs no request, and another one takes its place."""

import faults
import look
import pytest
from load import Load


@pytest.mark.parametrize("fault", faults.FAULTS)
def test_a_machine_is_replaced_and_no_request_fails(cloud, fault):
    with Load(cloud) as load:
        load.wait_answers(200)
        times = faults.befall(cloud, fault)
        load.wait_answers(200)
    print(f"{fault}\n  {load}\n  " + ", ".join(f"{word} +{at:.2f} s" for word, at in times.items()))
    assert not load.stumbles and not load.complaints, str(load)
    for group in look.groups(cloud).values():
        assert group["in_service"] == group["desired"]


def test_what_a_dead_machine_said_last_can_be_read(cloud):
    victim = look.in_service(cloud)[0]
    with Load(cloud) as load:
        load.wait_answers(50)
    faults.strike(cloud, "kill -9 of its PID 1", victim)
    faults.replaced(cloud, victim)
    assert "method=GET" in cloud.hosts[victim["zone"]].run(
        f"/usr/lib/allday/bin/machine console {cloud.name} {victim['id']}")
