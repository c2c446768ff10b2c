using System.Diagnostics.CodeAnalysis;
using Orchestrator.ControlPlane.Enrolling;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Core;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Why a host is not let in, and what can be done about it.</summary>
internal static class EnrolmentProblems
{
    /// <summary>Paths of the API stand where hosts with these names would.</summary>
    private static readonly string[] Reserved = ["join", "tokens"];

    /// <summary>Null when hosts can.</summary>
    public static IResult? WhyNobodyCanJoin(ControlPlaneOptions options, BrokerUsers users)
    {
        if (users.CanBeMade)
        {
            return null;
        }

        return options.IsEmbedded
            ? Problems.Of(
                StatusCodes.Status409Conflict,
                "bus_in_memory",
                "This is the embedded program: its bus is in memory, so no host outside of it can join.",
                "Run the control plane on RabbitMQ, as docs/hosts.md says; or start this one with more hosts: --hosts N"
            )
            : Problems.Of(
                StatusCodes.Status409Conflict,
                "enrolment_unconfigured",
                "No host can join: this control plane does not know where to make users on the broker.",
                "Set ORC_Enrolment__ManagementUrl, ORC_Enrolment__ManagementUser and ORC_Enrolment__ManagementPassword, as docs/hosts.md says."
            );
    }

    /// <summary>Whether a host that joins may be called that.</summary>
    public static bool IsHost(string name, [NotNullWhen(true)] out HostId? host) =>
        HostId.TryParse(name, out host) && !Reserved.Contains(name, StringComparer.Ordinal);

    public static IResult InvalidHost(string name) =>
        Problems.Invalid(
            "invalid_host",
            $"'{name}' cannot be the name of a host.",
            "Lower-case letters, digits and hyphens, at most 63, beginning with a letter, such as web-7; not join or tokens."
        );

    /// <summary>The same for every reason.</summary>
    public static IResult NotLetIn() =>
        Problems.Of(
            StatusCodes.Status401Unauthorized,
            "unauthenticated",
            "The token does not let this host join.",
            "It is unknown, used, expired, revoked or for another host. An operator makes a new one: orc host token --host NAME"
        );
}
