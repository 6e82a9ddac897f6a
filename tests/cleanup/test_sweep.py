"""After `pulumi destroy`: what is left of the stack goes, all of it, and nothing else."""

import pytest

from neuronserve.cleanup import sweep
from neuronserve.cleanup.scope import Scope
from neuronserve.preflight.aws import Aws
from tests.cleanup.conftest import CLUSTER, Place, Quiet

pytestmark = pytest.mark.slow


def test_all_of_it_goes_and_nothing_else(place: Place, scope: Scope, aws: Aws) -> None:
    untagged = place.garden.log_group(f"/aws/containerinsights/{CLUSTER}/application", {})
    before = place.garden.there()
    found = sweep.look(aws, scope)
    (held,) = (one.is_held for one in found.left if one.id == untagged)
    assert held
    assert held.endswith(f"aws logs delete-log-group --region us-west-2 --log-group-name {untagged}")

    [*sweep.remove(aws, scope, [one for one in found.left if not one.holds_data], 60, Quiet())]
    assert before - place.garden.there() == place.mine.all - place.mine.data

    outcome = [*sweep.remove(aws, scope, found.left, 60, Quiet())]
    assert [kept for _, _, kept in outcome if kept] == [{f"log group {untagged}": held}]
    assert before - place.garden.there() == place.mine.all
    assert [one.id for one in sweep.look(aws, scope).left] == [untagged]


def test_what_cannot_go_is_told_and_keeps_no_other(place: Place, scope: Scope, aws: Aws) -> None:
    garden, mine = place.garden, place.mine
    protected, group, (volume,) = mine.instances[0], mine.groups[0], mine.volumes
    garden.ec2.modify_instance_attribute(InstanceId=protected, DisableApiTermination={"Value": True})
    user, foreign = garden.instance({}), garden.interface({}, [group])
    garden.ec2.attach_volume(VolumeId=volume, InstanceId=user, Device="/dev/xvdb")

    outcome = [*sweep.remove(aws, scope, sweep.look(aws, scope).left, 0.1, Quiet())]
    kept = {key: why for *_, some in outcome for key, why in some.items()}
    assert [*kept] == [f"instance {protected}", f"volume {volume}", f"security group {group}"]
    assert "OperationNotPermitted" in kept[f"instance {protected}"]
    assert kept[f"volume {volume}"] == f"it is attached to {user}"
    assert "DependencyViolation" in kept[f"security group {group}"]
    assert garden.there() & mine.all == {protected, volume, group}

    garden.ec2.delete_network_interface(NetworkInterfaceId=foreign)
    [*sweep.remove(aws, scope, sweep.look(aws, scope).left, 0.1, Quiet())]
    assert garden.there() & mine.all == {protected, volume}
