using System.Net;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>
/// Garden answered that it will not or cannot: the reason behind a <see cref="RuntimeFailedException"/>, which tells it
/// to people.
/// </summary>
internal sealed class GardenRefusedException(string message, HttpStatusCode status, string type) : Exception(message)
{
    /// <summary>The container or the process does not exist.</summary>
    private bool IsMissing =>
        status == HttpStatusCode.NotFound && type is "ContainerNotFoundError" or "ProcessNotFoundError";

    /// <summary>It will, later.</summary>
    private bool IsPassing =>
        status == HttpStatusCode.ServiceUnavailable
        || string.Equals(type, "ServiceUnavailableError", StringComparison.Ordinal);

    /// <summary>Not that it did not answer at all.</summary>
    public static bool IsReasonOf(RuntimeFailedException failure) => failure.InnerException is GardenRefusedException;

    public static bool IsMissingReasonOf(RuntimeFailedException failure) =>
        failure.InnerException is GardenRefusedException { IsMissing: true };

    public static bool IsLastingReasonOf(RuntimeFailedException failure) =>
        failure.InnerException is GardenRefusedException { IsPassing: false };
}
