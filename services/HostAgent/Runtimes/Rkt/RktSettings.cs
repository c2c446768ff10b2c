namespace Orchestrator.HostAgent.Runtimes.Rkt;

internal sealed record RktSettings
{
    /// <summary>The program: a path, or a name to look up.</summary>
    public required string Program { get; init; }

    /// <summary>A path, or the name of an image; empty: what rkt takes by itself.</summary>
    public required string Stage1 { get; init; }

    /// <summary>As rkt's --net.</summary>
    public required string Network { get; init; }

    /// <summary>How many files a container may have open; 0: as many as the agent.</summary>
    public required int OpenFiles { get; init; }

    /// <summary>On it a container's ports are the machine's, as with the other runtimes.</summary>
    public const string HostNetwork = "host";

    public bool IsFly => Flavour == "fly";

    /// <summary>Such as fly or host, by how rkt's own stage1 images are called; for people and labels.</summary>
    public string Flavour
    {
        get
        {
            if (Stage1.Length == 0)
            {
                return "default";
            }

            const string prefix = "stage1-";
            var name = Stage1[(Stage1.LastIndexOf('/') + 1)..];
            var flavour = name.StartsWith(prefix, StringComparison.Ordinal)
                ? string.Concat(name.Skip(prefix.Length).TakeWhile(char.IsAsciiLetter))
                : "";
            return flavour.Length > 0 ? flavour : "unknown";
        }
    }
}
