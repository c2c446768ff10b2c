using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc explain</c>: why instances are where they are, or nowhere.</summary>
internal static class ExplainCommand
{
    public static Command Create(Shell shell)
    {
        var name = Parts.Name(
            "name",
            "Service (checkoutservice), service at a stage (checkoutservice.prod), or instance (checkoutservice.prod.14)."
        );
        var stage = Parts.Text("--stage", "STAGE", "Stage of the service. Else the last of those it is deployed at.");
        var host = Parts.Text("--host", "HOST", "Only this host: its score's parts, or every reason against it.");
        var command = new Command(
            "explain",
            "Why a service is placed where it is and not elsewhere: the chosen host with the parts of its score, and how many fell to each reason."
        )
        {
            name,
            stage,
            host,
        };
        shell.AddExamples(
            command,
            "orc explain checkoutservice.prod             # where one more instance would go, and why not elsewhere",
            "orc explain checkoutservice.prod --host h17  # everything for or against one host",
            "orc explain checkoutservice.prod.14          # why this instance is where it is, and how that looks now"
        );
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
                RunAsync(
                    session,
                    parsed.GetRequiredValue(name),
                    parsed.GetValue(stage),
                    parsed.GetValue(host),
                    cancellationToken
                )
        );
        return command;
    }

    /// <summary>Names of services and stages have no dots; so a service at a stage has one, and an instance two.</summary>
    private static Task<int> RunAsync(
        Session session,
        string name,
        string? stage,
        string? host,
        CancellationToken cancellationToken
    )
    {
        var parts = name.Split('.');
        if (parts.Length > 1 && stage is not null && stage != parts[1])
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"'{name}' names the stage {parts[1]}, and --stage names {stage}.",
                "Leave one of them out."
            );
        }

        return (parts, host) switch
        {
            ([var service], null) => ServiceAsync(session, service, stage, cancellationToken),
            ([var service, var at], null) => ServiceAsync(session, service, at, cancellationToken),
            ([_, _, _], null) => InstanceAsync(session, name, cancellationToken),
            ([var service], not null) => HostAsync(session, service, stage, host, cancellationToken),
            ([var service, var at, ..], not null) => HostAsync(session, service, at, host, cancellationToken),
            _ => throw new CommandFailedException(ExitCode.Usage, $"'{name}' is not a name.", ""),
        };
    }

    private static async Task<int> ServiceAsync(
        Session session,
        string service,
        string? stage,
        CancellationToken cancellationToken
    )
    {
        var view = await session.Api.GetAsync(
            Paths.Query(Paths.Explain(service), ("stage", stage)),
            CliJson.Default.ExplainView,
            cancellationToken
        );
        session.Output.Show(view, CliJson.Default.ExplainView, PlacementSheets.Explain);
        return ExitCode.Done;
    }

    private static async Task<int> HostAsync(
        Session session,
        string service,
        string? stage,
        string host,
        CancellationToken cancellationToken
    )
    {
        var answer = await session.Api.GetAsync(
            Paths.Query(Paths.ExplainHost(service, host), ("stage", stage)),
            CliJson.Default.HostAnswerView,
            cancellationToken
        );
        session.Output.Show(answer, CliJson.Default.HostAnswerView, PlacementSheets.Explain);
        return ExitCode.Done;
    }

    private static async Task<int> InstanceAsync(Session session, string id, CancellationToken cancellationToken)
    {
        var view = await session.Api.GetAsync(
            Paths.ExplainInstance(id),
            CliJson.Default.InstanceExplainView,
            cancellationToken
        );
        var now = session.Surroundings.Time.GetUtcNow();
        session.Output.Show(
            view,
            CliJson.Default.InstanceExplainView,
            explanation => PlacementSheets.Explain(explanation, now)
        );
        return ExitCode.Done;
    }
}
