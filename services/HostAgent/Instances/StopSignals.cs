using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Instances;

/// <summary>What an instance is asked to end with.</summary>
internal static class StopSignals
{
    /// <summary>What the assignment says, else the image if that is understood, else SIGTERM.</summary>
    public static int Of(AssignedInstance spec, OciImageConfig image) =>
        AskedFor(spec) ?? (image.StopSignal is { } own ? Signals.Parse(own) : null) ?? Libc.SignalTerminate;

    /// <summary>Null if the assignment does not say.</summary>
    /// <exception cref="RuntimeFailedException">It names a signal that this agent does not know.</exception>
    public static int? AskedFor(AssignedInstance spec) =>
        spec.Container?.StopSignal is not { } text
            ? null
            : Signals.Parse(text)
                ?? throw new RuntimeFailedException($"It is to be stopped with '{text}', which is no signal here.");
}
