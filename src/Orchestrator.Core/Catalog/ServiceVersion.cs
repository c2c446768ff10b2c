using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Core.Catalog;

/// <summary>An immutable release of a service.</summary>
public sealed record ServiceVersion
{
    public required ServiceName Service { get; init; }

    public required SemanticVersion Number { get; init; }

    public required string Channel { get; init; }

    public required InstanceTemplate Template { get; init; }

    public required ImmutableArray<Dependency> Dependencies { get; init; }

    public required string PublishedBy { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Null where nobody has said. It is not part of the content.</summary>
    public Provenance? Provenance { get; init; }

    /// <summary>Null unless a person has said that it shall not travel any more. It is not part of the content.</summary>
    public Yank? Yanked { get; init; }

    /// <summary>
    /// Identifies the content: two publications with the same digest are the same, whoever made them and when.
    /// SHA-256 over length-prefixed fields in a fixed order, in lower-case hexadecimal.
    /// </summary>
    public string ContentDigest()
    {
        var text = new StringBuilder();
        foreach (var field in ContentFields())
        {
            text.Append(CultureInfo.InvariantCulture, $"{field.Length}:{field}\n");
        }

        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private IEnumerable<string> ContentFields()
    {
        yield return Service.Value;
        yield return Number.ToString();
        yield return Channel;
        yield return Template.Image.ToString();
        yield return Whole(Template.Command.Length);
        foreach (var argument in Template.Command)
        {
            yield return argument;
        }

        foreach (var (name, value) in Template.Environment)
        {
            yield return name;
            yield return value;
        }

        yield return $"{Text(Template.Request)} {Text(Template.Limit)}";
        yield return Whole(Template.Port);
        yield return Template.Health?.Line() ?? "";
        yield return Template.StopGrace.ToString("c", CultureInfo.InvariantCulture);
        foreach (var rule in Template.Placement.Lines())
        {
            yield return rule;
        }

        if (Template.Kind is not ServiceKind.Service)
        {
            yield return $"kind: {Template.Kind.Line()}"; // Versions from before there were kinds keep their digest.
        }

        if (Template.Liveness is { } liveness)
        {
            yield return $"liveness: {liveness.Line()}";
        }

        foreach (var asked in Template.BeyondCpuAndMemory().Concat(Template.Container.Lines()))
        {
            yield return asked;
        }

        foreach (var dependency in Dependencies)
        {
            yield return dependency.Service.Value;
            yield return dependency.Range.Text;
        }
    }

    /// <summary>As it was first written: digests of what was published must not change.</summary>
    private static string Text(Resources resources) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Resources {{ CpuMillicores = {resources.CpuMillicores}, MemoryMebibytes = {resources.MemoryMebibytes} }}"
        );

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Takes a version out of circulation: no train takes it along, and nobody goes back to it.</summary>
public sealed record Yank(string Actor, string Reason, DateTimeOffset At);
