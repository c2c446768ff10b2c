using System.Text.Json.Nodes;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>
/// System calls that a service never needs and that reach beyond its container: the kernel's own state, other
/// processes, mounts and new namespaces. Everything else is allowed, for capabilities are gone already.
/// </summary>
internal static class Seccomp
{
    private const int OperationNotPermitted = 1;

    private static readonly string[] Denied =
    [
        "acct",
        "add_key",
        "bpf",
        "delete_module",
        "finit_module",
        "fsconfig",
        "fsmount",
        "fsopen",
        "fspick",
        "init_module",
        "io_uring_enter",
        "io_uring_register",
        "io_uring_setup",
        "kcmp",
        "kexec_file_load",
        "kexec_load",
        "keyctl",
        "lookup_dcookie",
        "mount",
        "mount_setattr",
        "move_mount",
        "name_to_handle_at",
        "nfsservctl",
        "open_by_handle_at",
        "open_tree",
        "perf_event_open",
        "pivot_root",
        "process_vm_readv",
        "process_vm_writev",
        "quotactl",
        "reboot",
        "request_key",
        "setns",
        "settimeofday",
        "swapoff",
        "swapon",
        "umount2",
        "unshare",
        "userfaultfd",
        "vhangup",
    ];

    public static JsonObject Profile() =>
        new()
        {
            ["defaultAction"] = "SCMP_ACT_ALLOW",
            ["syscalls"] = new JsonArray(
                new JsonObject
                {
                    ["names"] = new JsonArray([.. Denied.Select(name => (JsonNode)name)]),
                    ["action"] = "SCMP_ACT_ERRNO",
                    ["errnoRet"] = OperationNotPermitted,
                }
            ),
        };
}
