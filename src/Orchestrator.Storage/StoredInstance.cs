using Orchestrator.Core;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Storage;

/// <summary>Instances as rows: what people search by in columns, the rest as JSON.</summary>
internal sealed class StoredInstance
{
    /// <summary>All of a cell, with what <see cref="Row"/> needs.</summary>
    public const string Select = """
        select service as Service, stage as Stage, number as Number, version as Version, host as Host,
            generation as Generation, placed_at as PlacedAt, body as Body
        from instance where cell = @cell order by service, stage, number
        """;

    // A million rows name a few thousand services, versions and hosts: each is parsed, and kept, once.
    private readonly Dictionary<string, ServiceName> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StageName> _stages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SemanticVersion> _versions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HostId> _hosts = new(StringComparer.Ordinal);

    // Most have the same body as the one before: what was placed together.
    private (string Text, Body Body)? _last;

    /// <summary>A new one for each batch.</summary>
    public static BatchStatement<Instance> Upsert()
    {
        var bodies = new StoredInstance();
        return BatchStatement.Upsert(
            "instance",
            key:
            [
                Column.Text<Instance>("service", instance => instance.Service.Value),
                Column.Text<Instance>("stage", instance => instance.Stage.Value),
                Column.Number<Instance>("number", instance => instance.Id.Number),
            ],
            rest:
            [
                Column.Text<Instance>("version", instance => instance.Version.ToString()),
                Column.Text<Instance>("host", instance => instance.Host.Value),
                Column.Number<Instance>("generation", instance => instance.Generation),
                Column.Number<Instance>("placed_at", instance => Instant.ToStored(instance.PlacedAt)),
                Column.Text<Instance>("phase", instance => instance.Phase.GetType().Name),
                Column.Text<Instance>("observed", instance => instance.Observed.State.ToString()),
                Column.Json<Instance>("body", bodies.Write),
            ]
        );
    }

    public Instance Read(Row row)
    {
        var (service, stage) = (
            Once(_services, row.Service, ServiceName.Parse),
            Once(_stages, row.Stage, StageName.Parse)
        );
        var body = _last is { } last && last.Text == row.Body ? last.Body : StoredJson.Deserialize<Body>(row.Body);
        _last = (row.Body, body);
        return new Instance
        {
            Id = InstanceId.Of(service, stage, row.Number),
            Service = service,
            Stage = stage,
            Version = Once(_versions, row.Version, SemanticVersion.Parse),
            Host = Once(_hosts, row.Host, HostId.Parse),
            Generation = checked((int)row.Generation),
            Demand = body.Demand,
            Phase = body.Phase,
            Observed = body.Observed,
            PlacedAt = Instant.FromStored(row.PlacedAt),
        };
    }

    private static T Once<T>(Dictionary<string, T> known, string text, Func<string, T> parse)
    {
        if (!known.TryGetValue(text, out var parsed))
        {
            known[text] = parsed = parse(text);
        }

        return parsed;
    }

    private string Write(Instance instance)
    {
        var body = new Body(instance.Demand, instance.Phase, instance.Observed);
        if (_last is not { } last || last.Body != body)
        {
            _last = last = (StoredJson.Serialize(body), body);
        }

        return last.Text;
    }

    /// <summary>As <see cref="Select"/> names them.</summary>
    internal sealed record Row(
        string Service,
        string Stage,
        long Number,
        string Version,
        string Host,
        long Generation,
        long PlacedAt,
        string Body
    );

    private sealed record Body(Resources Demand, InstancePhase Phase, Observation Observed);
}
