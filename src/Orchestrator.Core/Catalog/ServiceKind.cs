using System.Globalization;

namespace Orchestrator.Core.Catalog;

/// <summary>How many instances a service has at a stage, and for how long.</summary>
public abstract record ServiceKind
{
    private ServiceKind() { }

    /// <summary>As manifests say it.</summary>
    public abstract string Word { get; }

    /// <summary>Everything about it, for people and to compare: alike exactly when the kinds are.</summary>
    public virtual string Line() => Word;

    /// <summary>As many as the stage counts, for ever.</summary>
    public sealed record Service : ServiceKind
    {
        public override string Word => "service";
    }

    /// <summary>One on every host of the stage's pool that the constraints admit, for ever.</summary>
    public sealed record Daemon : ServiceKind
    {
        public override string Word => "daemon";
    }

    /// <summary>Runs once per version, until enough instances have exited with 0. It gets no requests.</summary>
    /// <param name="Completions">Instances that must exit with 0; at least 1.</param>
    /// <param name="Parallelism">Instances at once; at least 1.</param>
    /// <param name="Retries">Failed instances that are replaced, all together; 0 to 100. One more fails the batch.</param>
    /// <param name="Deadline">From its start; null for none.</param>
    public sealed record Batch(int Completions, int Parallelism, int Retries, TimeSpan? Deadline) : ServiceKind
    {
        public override string Word => "batch";

        public override string Line()
        {
            var deadline = Deadline is { } time
                ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s")
                : "none";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"batch, {Completions} completions, parallelism {Parallelism}, {Retries} retries, deadline {deadline}"
            );
        }
    }
}
