using System.Globalization;

namespace Orchestrator.Cli.Api;

/// <summary>Addresses of the API. Ids come from the command line, so every segment is checked and escaped.</summary>
internal static class Paths
{
    public const string Health = "healthz";
    public const string WhoAmI = "v1/whoami";
    public const string Diff = "v1/diff";
    public const string Apply = "v1/apply";
    public const string Services = "v1/services";
    public const string Versions = "v1/versions";
    public const string Lines = "v1/lines";
    public const string Pools = "v1/pools";
    public const string Teams = "v1/teams";
    public const string Windows = "v1/windows";
    public const string Halts = "v1/halts";
    public const string Trains = "v1/trains";
    public const string Rollouts = "v1/rollouts";
    public const string Deployments = "v1/deployments";
    public const string Instances = "v1/instances";
    public const string Hosts = "v1/hosts";
    public const string Rebalances = "v1/rebalances";
    public const string Journal = "v1/journal";
    public const string History = "v1/history";
    public const string Delivery = "v1/delivery";
    public const string JournalCheck = "v1/journal/verify";
    public const string Secrets = "v1/secrets";
    public const string Tokens = "v1/tokens";
    public const string SignInLinks = "v1/sign-in-links";

    public const string Delegations = "v1/delegations";

    private const int TrainParts = 2;
    private const int RolloutParts = 3;

    public static string Secret(string name) => $"{Secrets}/{Segment(name)}";

    public static string RevokeDelegation(long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Delegations}/{number}/revoke");

    public static string Service(string name) => $"{Services}/{Segment(name)}";

    public static string PublishTo(string service) => $"{Service(service)}/versions";

    public static string Line(string name) => $"{Lines}/{Segment(name)}";

    public static string Instance(string id) => $"{Instances}/{Segment(id)}";

    public const string Usage = "v1/usage";

    public static string Exec(string instance) => $"{Instance(instance)}/exec";

    public static string Files(string instance) => $"{Instance(instance)}/files";

    public static string Logs(string instance) => $"{Instance(instance)}/logs";

    public static string Host(string id) => $"{Hosts}/{Segment(id)}";

    public const string HostTokens = $"{Hosts}/tokens";

    public static string HostToken(string id) => $"{HostTokens}/{Segment(id)}";

    public static string HostAction(string id, string action) => $"{Host(id)}/{action}";

    public static string DevHostAction(string id, string action) => $"v1/dev/hosts/{Segment(id)}/{action}";

    public static string Explain(string service) => $"v1/explain/{Segment(service)}";

    public static string ExplainHost(string service, string host) => $"{Explain(service)}/hosts/{Segment(host)}";

    public static string ExplainInstance(string id) => $"{Instance(id)}/explain";

    /// <param name="change"><c>apply</c>, <c>scale</c>, <c>drain</c>, <c>lose</c> or <c>rebalance</c>.</param>
    public static string Plan(string change) => $"v1/plan/{change}";

    public static string PlanPublish(string service) => $"{Plan("publish")}/{Segment(service)}";

    public static string Window(string name) => $"{Windows}/{Segment(name)}";

    public static string ReleaseWindow(string name) => $"{Window(name)}/release";

    public static string Rebalance(string id) => $"{Rebalances}/{Segment(id)}";

    public static string CancelRebalance(string id) => $"{Rebalance(id)}/cancel";

    public static string Token(string id) => $"{Tokens}/{Segment(id)}";

    public static string Train(string id) => $"{Trains}/{Segments(id, TrainParts, "train", "checkoutservice/118")}";

    public static string TrainForecast(string id) => $"{Train(id)}/forecast";

    public static string TrainNotes(string id) => $"{Train(id)}/notes";

    public static string ServiceNotes(string service) => $"{Service(service)}/notes";

    public static string TrainAction(string id, string action) => $"{Train(id)}/{action}";

    /// <param name="action"><c>express</c>, <c>yank</c> or <c>unyank</c>.</param>
    public static string VersionAction(string service, string version, string action) =>
        $"{PublishTo(service)}/{Segment(version)}/{action}";

    public static string RollBack(string service, string stage) =>
        $"{Deployments}/{Segment(service)}/{Segment(stage)}/rollback";

    public static string Rollout(string id) => RolloutAt(id, suffix: "");

    public static string RolloutAction(string id, string action) => RolloutAt(id, $"/{action}");

    /// <summary>Leaves out what is null.</summary>
    public static string Query(string path, params ReadOnlySpan<(string Name, string? Value)> filters)
    {
        var query = path;
        var separator = '?';
        foreach (var (name, value) in filters)
        {
            if (value is not null)
            {
                query = $"{query}{separator}{name}={Uri.EscapeDataString(value)}";
                separator = '&';
            }
        }

        return query;
    }

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A coupled car is the fourth part of an id.</summary>
    private static string RolloutAt(string id, string suffix)
    {
        var parts = id.Split('/');
        var car = parts.Length > RolloutParts ? parts[RolloutParts] : null;
        var rest = parts.Length == RolloutParts + 1 ? string.Join('/', parts[..RolloutParts]) : id;
        var path = Segments(rest, RolloutParts, "rollout", "checkoutservice/118/prod");
        return Query($"{Rollouts}/{path}{suffix}", ("car", car));
    }

    private static string Segments(string id, int count, string kind, string example)
    {
        var parts = id.Split('/');
        return parts.Length == count
            ? string.Join('/', parts.Select(Segment))
            : throw new CommandFailedException(
                ExitCode.Usage,
                $"'{id}' is not the id of a {kind}.",
                $"A {kind} id looks like {example}; `orc get {kind}s` lists them."
            );
    }

    // '.' and '..' survive escaping and would name another resource.
    private static string Segment(string text) =>
        text is "" or "." or ".."
            ? throw new CommandFailedException(ExitCode.Usage, $"'{text}' is not a name.", "")
            : Uri.EscapeDataString(text);
}
