using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Core.Catalog;

/// <summary>How the container of an instance is made and ended, beyond its program. Empty unless somebody asks for more.</summary>
public sealed record ContainerSettings
{
    public static readonly ContainerSettings None = new();

    /// <summary>Such as <c>SIGQUIT</c>; null: the image's own, else SIGTERM.</summary>
    public string? StopSignal { get; init; }

    /// <summary>From when it is out of traffic and not wanted any more to its stop signal.</summary>
    public TimeSpan PreStop { get; init; }

    /// <summary>Each name at most once, sorted.</summary>
    public ImmutableArray<ProcessLimit> Limits { get; init; } = [];

    /// <summary>Whether a small init is its first process and reaps what is orphaned.</summary>
    public bool HasInit { get; init; }

    /// <summary>By path, each at most once.</summary>
    public ImmutableArray<ContainerFile> Files { get; init; } = [];

    /// <summary>By path, each at most once.</summary>
    public ImmutableArray<VolumeMount> Volumes { get; init; } = [];

    /// <summary>In the order of their lines.</summary>
    public ImmutableArray<SecretUse> Secrets { get; init; } = [];

    public bool Uses(SecretName secret) => Secrets.Any(use => use.Secret == secret);

    /// <summary>Everything that is asked for, one line each, in order: alike exactly when it is the same.</summary>
    public IEnumerable<string> Lines() =>
        [
            .. StopSignal is null ? (string[])[] : [$"stop signal: {StopSignal}"],
            .. PreStop == TimeSpan.Zero
                ? (string[])[]
                : [string.Create(CultureInfo.InvariantCulture, $"pre-stop: {PreStop.TotalSeconds:0.###}s")],
            .. Limits.Select(limit => $"limit: {limit.Line()}"),
            .. HasInit ? (string[])["init"] : [],
            .. Files.Select(file => $"file: {file.Line()}"),
            .. Volumes.Select(volume => $"volume: {volume.Line()}"),
            .. Secrets.Select(use => $"secret: {use.Line()}"),
        ];
}

/// <summary>What the kernel lets each process of an instance have, named as <c>prlimit</c> does.</summary>
/// <param name="Soft">At most <paramref name="Hard"/>.</param>
public sealed record ProcessLimit(string Name, long Soft, long Hard)
{
    public const long Unlimited = -1;

    public string Line() => $"{Name} {Text(Soft)} {Text(Hard)}";

    private static string Text(long value) =>
        value == Unlimited ? "unlimited" : value.ToString(CultureInfo.InvariantCulture);
}
