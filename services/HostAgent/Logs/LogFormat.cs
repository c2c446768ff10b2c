namespace Orchestrator.HostAgent.Logs;

internal enum LogFormat
{
    /// <summary>What the program wrote, byte for byte.</summary>
    Plain,

    /// <summary>As conmon and Kubernetes write: each line with its time, its stream, and whether it ends a line.</summary>
    Tagged,
}
