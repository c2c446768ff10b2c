using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Storage;

/// <summary>How each kind of object of a cell is written to its table, as in <c>schemas/sql</c>.</summary>
internal static class CellTables
{
    public static readonly BatchStatement<Pool> Pool = BatchStatement.Upsert(
        "pool",
        key: [Column.Text<Pool>("name", pool => pool.Name.Value)],
        rest: [Column.Body<Pool>()]
    );

    public static readonly BatchStatement<Team> Team = BatchStatement.Upsert(
        "team",
        key: [Column.Text<Team>("name", team => team.Name.Value)],
        rest: [Column.Body<Team>()]
    );

    public static readonly BatchStatement<Service> Service = BatchStatement.Upsert(
        "service",
        key: [Column.Text<Service>("name", service => service.Name.Value)],
        rest: [Column.Text<Service>("team", service => service.Team.Value), Column.Body<Service>()]
    );

    public static readonly BatchStatement<ServiceVersion> Version = BatchStatement.Upsert(
        "version",
        key:
        [
            Column.Text<ServiceVersion>("service", version => version.Service.Value),
            Column.Text<ServiceVersion>("number", version => version.Number.ToString()),
        ],
        rest: [Column.Text<ServiceVersion>("channel", version => version.Channel), Column.Body<ServiceVersion>()]
    );

    public static readonly BatchStatement<Line> Line = BatchStatement.Upsert(
        "line",
        key: [Column.Text<Line>("name", line => line.Name.Value)],
        rest: [Column.Body<Line>()]
    );

    public static readonly BatchStatement<Train> Train = BatchStatement.Upsert(
        "train",
        key:
        [
            Column.Text<Train>("line", train => train.Id.Line.Value),
            Column.Number<Train>("number", train => train.Id.Number),
        ],
        rest:
        [
            Column.Text<Train>("phase", train => CaseOf(train.Phase)),
            Column.Number<Train>("departs_at", train => Instant.ToStored(train.DepartsAt)),
            Column.Body<Train>(),
        ]
    );

    public static readonly BatchStatement<Rollout> Rollout = BatchStatement.Upsert(
        "rollout",
        key: [Column.Text<Rollout>("id", rollout => rollout.Id.Value)],
        rest:
        [
            Column.Text<Rollout>("service", rollout => rollout.Service.Value),
            Column.Text<Rollout>("stage", rollout => rollout.Stage.Name.Value),
            Column.Text<Rollout>("version", rollout => rollout.To.ToString()),
            Column.Text<Rollout>("phase", rollout => CaseOf(rollout.Phase)),
            Column.Number<Rollout>("planned_at", rollout => Instant.ToStored(rollout.PlannedAt)),
            Column.Number<Rollout>("evidence_pages", rollout => rollout.Evidence?.Judged.Pages ?? 0),
            Column.Body<Rollout>(),
        ]
    );

    /// <summary>Those of a new step take the places of those of the last.</summary>
    public static readonly BatchStatement<KeptEvidence> Evidence = BatchStatement.Upsert(
        "evidence_page",
        key:
        [
            Column.Text<KeptEvidence>("rollout", kept => kept.Rollout.Value),
            Column.Number<KeptEvidence>("number", kept => kept.Number),
        ],
        rest: [Column.Json<KeptEvidence>("body", kept => StoredJson.Serialize(kept.Observations))]
    );

    /// <summary>All of them, of one rollout.</summary>
    public static readonly BatchStatement<RolloutId> RemovedEvidence = BatchStatement.Delete(
        "evidence_page",
        key: [Column.Text<RolloutId>("rollout", id => id.Value)]
    );

    public static readonly BatchStatement<KeptJudgement> Judgement = BatchStatement.Insert<KeptJudgement>(
        "judgement",
        [
            Column.Text<KeptJudgement>("rollout", kept => kept.Rollout.Value),
            Column.Number<KeptJudgement>("number", kept => kept.Number),
            Column.Json<KeptJudgement>("body", kept => StoredJson.Serialize(kept.Judgement)),
        ]
    );

    /// <summary>A stage's pages are a ring: the newest takes the place of the oldest.</summary>
    public static readonly BatchStatement<KeptReference> Reference = BatchStatement.Upsert(
        "reference_page",
        key:
        [
            Column.Text<KeptReference>("service", kept => kept.Service.Value),
            Column.Text<KeptReference>("stage", kept => kept.Stage.Value),
            Column.Number<KeptReference>("slot", kept => kept.Page.Slot),
        ],
        rest: [Column.Body<KeptReference>()]
    );

    public static readonly BatchStatement<Deployment> Deployment = BatchStatement.Upsert(
        "deployment",
        key:
        [
            Column.Text<Deployment>("service", deployment => deployment.Service.Value),
            Column.Text<Deployment>("stage", deployment => deployment.Stage.Value),
        ],
        rest: [Column.Text<Deployment>("pool", deployment => deployment.Pool.Value), Column.Body<Deployment>()]
    );

    public static readonly BatchStatement<Host> Host = BatchStatement.Upsert(
        "host",
        key: [Column.Text<Host>("id", host => host.Id.Value)],
        rest:
        [
            Column.Text<Host>("availability", host => host.Availability.ToString()),
            Column.Number<Host>("is_lost", host => host.LostSince is null ? 0 : 1),
            Column.Body<Host>(),
        ]
    );

    /// <summary>Removes it.</summary>
    public static readonly BatchStatement<InstanceId> RemovedInstance = BatchStatement.Delete(
        "instance",
        key:
        [
            Column.Text<InstanceId>("service", id => id.Service.Value),
            Column.Text<InstanceId>("stage", id => id.Stage.Value),
            Column.Number<InstanceId>("number", id => id.Number),
        ]
    );

    public static readonly BatchStatement<AssignmentLevel> Assignment = BatchStatement.Upsert(
        "assignment",
        key: [Column.Text<AssignmentLevel>("host", level => level.Host.Value)],
        rest: [Column.Number<AssignmentLevel>("revision", level => level.Revision)]
    );

    public static readonly BatchStatement<Secret> Secret = BatchStatement.Upsert(
        "secret",
        key: [Column.Text<Secret>("name", secret => secret.Name.Value)],
        rest: [Column.Body<Secret>()]
    );

    /// <summary>Removes it.</summary>
    public static readonly BatchStatement<SecretName> RemovedSecret = BatchStatement.Delete(
        "secret",
        key: [Column.Text<SecretName>("name", name => name.Value)]
    );

    public static readonly BatchStatement<Delegation> Delegation = BatchStatement.Upsert(
        "delegation",
        key: [Column.Number<Delegation>("number", delegation => delegation.Number)],
        rest: [Column.Body<Delegation>()]
    );

    /// <summary>Removes it.</summary>
    public static readonly BatchStatement<long> RemovedDelegation = BatchStatement.Delete(
        "delegation",
        key: [Column.Number<long>("number", number => number)]
    );

    public static readonly BatchStatement<Window> Window = BatchStatement.Upsert(
        "window_rule",
        key: [Column.Text<Window>("name", window => window.Name.Value)],
        rest: [Column.Body<Window>()]
    );

    /// <summary>Removes it.</summary>
    public static readonly BatchStatement<WindowName> RemovedWindow = BatchStatement.Delete(
        "window_rule",
        key: [Column.Text<WindowName>("name", name => name.Value)]
    );

    public static readonly BatchStatement<Rebalance> Rebalance = BatchStatement.Upsert(
        "rebalance",
        key: [Column.Number<Rebalance>("number", rebalance => rebalance.Number)],
        rest:
        [
            Column.Text<Rebalance>("phase", rebalance => CaseOf(rebalance.Phase)),
            Column.Number<Rebalance>("started_at", rebalance => Instant.ToStored(rebalance.StartedAt)),
            Column.Body<Rebalance>(),
        ]
    );

    public static readonly BatchStatement<RebalanceStep> RebalanceStep = BatchStatement.Upsert(
        "rebalance_step",
        key:
        [
            Column.Number<RebalanceStep>("rebalance", step => step.Rebalance),
            Column.Number<RebalanceStep>("number", step => step.Number),
        ],
        rest: [Column.Text<RebalanceStep>("state", step => CaseOf(step.State)), Column.Body<RebalanceStep>()]
    );

    /// <summary>Removes it.</summary>
    public static readonly BatchStatement<RebalanceStepKey> RemovedRebalanceStep = BatchStatement.Delete(
        "rebalance_step",
        key:
        [
            Column.Number<RebalanceStepKey>("rebalance", key => key.Rebalance),
            Column.Number<RebalanceStepKey>("number", key => key.Number),
        ]
    );

    public static readonly BatchStatement<long> RouteRevision = BatchStatement.Upsert(
        "cell",
        key: [],
        rest: [Column.Number<long>("route_revision", revision => revision)]
    );

    private static string CaseOf(object @case) => @case.GetType().Name;
}
