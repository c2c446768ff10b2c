using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc top</c>: what instances use now.</summary>
internal static class TopCommand
{
    public static Command Create(Shell shell)
    {
        var name = Parts.OptionalName(
            "service",
            "Service (checkoutservice), or service at a stage (checkoutservice.prod). Else all."
        );
        var host = Parts.Text("--host", "HOST", "Only what is on this host.");
        var command = new Command(
            "top",
            "What instances use now, beside what they asked for: CPU over half a second, memory without what the kernel can drop. Most CPU first."
        )
        {
            name,
            host,
        };
        shell.AddExamples(command, "orc top", "orc top checkoutservice.prod", "orc top --host h17");
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var parts = parsed.GetValue(name)?.Split('.', 2) ?? [];
                var view = await session.Api.GetAsync(
                    Paths.Query(
                        Paths.Usage,
                        ("service", parts.ElementAtOrDefault(0)),
                        ("stage", parts.ElementAtOrDefault(1)),
                        ("host", parsed.GetValue(host))
                    ),
                    CliJson.Default.UsageView,
                    cancellationToken
                );
                session.Output.Show(view, CliJson.Default.UsageView, UsageSheets.Top);
                return ExitCode.Done;
            }
        );
        return command;
    }
}
