using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Core.Catalog;

/// <summary>A question that the host asks an instance again and again.</summary>
public sealed record HealthCheck
{
    /// <summary>Of an HTTP request whose answer of 200 to 399 means healthy; empty where something else is asked.</summary>
    public required string Path { get; init; }

    /// <summary>What is asked in place of an HTTP request; null for that.</summary>
    public HealthQuestion? Question { get; init; }

    public required TimeSpan Interval { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>Consecutive failures that count.</summary>
    public required int UnhealthyAfter { get; init; }

    /// <summary>Time to become ready before it is restarted; zero where that is not what is asked.</summary>
    public required TimeSpan Startup { get; init; }

    /// <summary>Everything about it: alike exactly when the checks are.</summary>
    /// <remarks>The first part as it was first written: digests of what was published must not change.</remarks>
    public string Line() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"HealthCheck {{ Path = {Path}, Interval = {Interval:c}, Timeout = {Timeout:c}, UnhealthyAfter = {UnhealthyAfter}, Startup = {Startup:c} }}{(Question is { } question ? $" {question.Line()}" : "")}"
        );
}

/// <summary>What else than an HTTP request can tell whether an instance is well.</summary>
public abstract record HealthQuestion
{
    private HealthQuestion() { }

    /// <summary>Everything about it, as manifests say it.</summary>
    public abstract string Line();

    /// <summary>Its port can be connected to.</summary>
    public sealed record Tcp : HealthQuestion
    {
        public override string Line() => "tcp";
    }

    /// <summary>A program in the instance exits with 0.</summary>
    /// <param name="Command">The program, rooted in the image, and its arguments; at least one.</param>
    public sealed record Exec(ImmutableArray<string> Command) : HealthQuestion
    {
        public override string Line() => $"exec: {string.Join(' ', Command)}";
    }

    /// <summary>It answers SERVING to <c>grpc.health.v1.Health/Check</c> on its port, without encryption.</summary>
    /// <param name="Service">As the protocol means it; empty for the whole server.</param>
    public sealed record Grpc(string Service) : HealthQuestion
    {
        public override string Line() => $"grpc: {Service}";
    }
}
