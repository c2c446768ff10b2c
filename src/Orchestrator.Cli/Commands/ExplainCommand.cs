using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc explain</c>: why instances are where they are, or nowhere.</summary>
internal static class ExplainCommand
{
    public static Command Create(Shell shell)
    {
        var name = Parts.Name("name", "Service, or an instance (checkoutservice.prod.14).");
        var stage = Parts.Text("--stage", "STAGE", "Stage of the service. Else the last of those it is deployed at.");
        var command = new Command(
            "explain",
            "Why a service is placed where it is and not elsewhere: every host with its score or the reasons against it."
        )
        {
            name,
            stage,
        };
        shell.AddExamples(command, "orc explain checkoutservice --stage prod", "orc explain checkoutservice.prod.14");
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
                // Names of services have no dots, ids of instances have two.
                parsed.GetRequiredValue(name)
                    is var subject
                && subject.Contains('.', StringComparison.Ordinal)
                    ? ExplainInstanceAsync(session, subject, cancellationToken)
                    : ExplainServiceAsync(session, subject, parsed.GetValue(stage), cancellationToken)
        );
        return command;
    }

    private static async Task<int> ExplainServiceAsync(
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
        session.Output.Show(view, CliJson.Default.ExplainView, AnswerSheets.Explain);
        return ExitCode.Done;
    }

    private static async Task<int> ExplainInstanceAsync(Session session, string id, CancellationToken cancellationToken)
    {
        var instance = await session.Api.GetAsync(Paths.Instance(id), CliJson.Default.InstanceView, cancellationToken);
        var placement = await session.Api.GetAsync(
            Paths.Query(Paths.Explain(instance.Service), ("stage", instance.Stage)),
            CliJson.Default.ExplainView,
            cancellationToken
        );
        session.Output.Show(
            new InstanceExplanation(instance, placement),
            CliJson.Default.InstanceExplanation,
            AnswerSheets.Explain
        );
        return ExitCode.Done;
    }
}
