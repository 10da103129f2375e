"""Kubernetes: a patch for a StatefulSet with the official image, or for a Cluster of CloudNativePG."""

from typing import Final

from pgconn.documents.sizing import Sizing
from pgconn.emit.container import Limits, arguments, limits
from pgconn.emit.emitted import EmittedFile, Options
from pgconn.emit.settings import Setting, major_of, settings_of
from pgconn.text.quoting import comment, yaml_string

_NAME: Final = "postgres"
_HUGE_PAGES: Final = "huge_pages stays as it is: a pod gets huge pages by a resource of its own, hugepages-2Mi."
_GUARANTEED: Final = (
    "Requests equal limits, so that the pod is Guaranteed and killed last when the node runs out of memory. "
    "The memory is the RAM that the settings were planned with: shared_buffers and page tables count against it."
)


def kubernetes(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:
    """One file, in the form that was asked for; it changes what is there and creates nothing."""
    settings, around = [one for one in settings_of(sizing) if one.name != "huge_pages"], limits(sizing)
    head = comment(f"PostgreSQL {major_of(sizing)} by pgconn size")
    if "huge_pages" in sizing.settings:
        head += comment(_HUGE_PAGES)
    if options.form == "cloudnativepg":
        return (EmittedFile.of("cluster.yaml", [*head, *_cluster(settings, around)]),)
    return (EmittedFile.of("statefulset.yaml", [*head, *_stateful_set(settings, around)]),)


def _stateful_set(settings: list[Setting], around: Limits) -> list[str]:
    lines = [
        *comment("Under the names that yours has, the container's too:"),
        f"#   kubectl patch statefulset {_NAME} --patch-file statefulset.yaml",
        *comment("It replaces the pods: with replicas, see that the standbys are raised before the primary."),
        "apiVersion: apps/v1",
        "kind: StatefulSet",
        "metadata:",
        f"  name: {_NAME}",
        "spec:",
        "  template:",
        "    spec:",
        *comment("Time for the checkpoint of a shutdown.", indent="      "),
        "      terminationGracePeriodSeconds: 120",
        "      containers:",
        f"        - name: {_NAME}",
        "          args:",
    ]
    lines += arguments(settings, indent="            ", escapes=("$(", "$$("))  # else read as a variable
    lines += _resources(around, indent="          ")
    lines += ["          volumeMounts:", "            - name: dshm", "              mountPath: /dev/shm"]
    lines += ["      volumes:", *comment(around.shm_why, indent="        "), "        - name: dshm"]
    return [*lines, "          emptyDir:", "            medium: Memory", f'            sizeLimit: "{around.shm_mib}Mi"']


def _cluster(settings: list[Setting], around: Limits) -> list[str]:
    lines = [
        *comment("Under the name that yours has:"),
        f"#   kubectl patch cluster {_NAME} --type merge --patch-file cluster.yaml",
        *comment("The operator restarts the instances in the sequence that max_connections needs, raised or lowered."),
        "apiVersion: postgresql.cnpg.io/v1",
        "kind: Cluster",
        "metadata:",
        f"  name: {_NAME}",
        "spec:",
        "  postgresql:",
        "    parameters:",
    ]
    for setting in settings:
        lines += [*comment(setting.why, indent="      "), f"      {setting.name}: {yaml_string(setting.text)}"]
    lines += _resources(around, indent="  ")
    lines += [*comment(around.shm_why, indent="  "), "  ephemeralVolumesSizeLimit:"]
    return [*lines, f'    shm: "{around.shm_mib}Mi"']


def _resources(around: Limits, *, indent: str) -> list[str]:
    if around.ram is None:
        return []
    amounts = [f'{indent}    memory: "{around.ram_mib}Mi"']
    if around.cores is not None:
        amounts.append(f'{indent}    cpu: "{around.cores:g}"')
    lines = [*comment(_GUARANTEED, indent=indent), f"{indent}resources:", f"{indent}  requests:", *amounts]
    return [*lines, f"{indent}  limits:", *amounts]
