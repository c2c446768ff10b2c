using System.CommandLine;
using System.CommandLine.Help;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Images;
using Orchestrator.Cli.Judging;
using Orchestrator.Cli.Notes;

namespace Orchestrator.Cli;

/// <summary>The whole command tree.</summary>
internal static class OrcCommand
{
    public static RootCommand Create(Shell shell)
    {
        var root = new RootCommand(
            "orc publishes versions, watches trains and rollouts, approves them, and looks after hosts.\n\n"
                + "Addresses: --addr and --token, else ORC_ADDR and ORC_TOKEN, else the files `address` and `admin-token`\n"
                + "in ORC_DATA or ~/.local/share/orchestrator, where an embedded control plane leaves them."
        )
        {
            shell.Address,
            shell.Token,
            shell.Format,
        };
        foreach (var command in Commands(shell))
        {
            root.Add(command);
        }

        shell.AddExamples(
            root,
            "orc status                                         # is all well, and what waits for me",
            "orc apply -f services/                             # create and change services, lines, hosts",
            "orc publish checkoutservice 1.1.0 --wait           # hand in a version and follow it until it has arrived",
            "orc rollout watch checkoutservice                  # see the judge decide",
            "orc approve checkoutservice --reason 'looks good'  # let it go on"
        );
        var help = root.Options.OfType<HelpOption>().Single();
        if (help.Action is HelpAction usual)
        {
            help.Action = new HelpWithExamples(usual, shell);
        }

        return root;
    }

    private static IEnumerable<Command> Commands(Shell shell) =>
        [
            StatusCommand.Create(shell),
            .. ApplyCommands.Create(shell),
            GetCommand.Create(shell),
            DescribeCommand.Create(shell),
            PublishCommand.Create(shell),
            WaitCommand.Create(shell),
            .. TrainCommands.Create(shell),
            NotesCommand.Create(shell),
            .. VersionCommands.Create(shell),
            .. HaltCommands.Create(shell),
            RolloutCommands.Create(shell),
            .. ActionCommands.Create(shell),
            DelegateCommands.Create(shell),
            .. HostCommands.Create(shell),
            ExplainCommand.Create(shell),
            PlanCommand.Create(shell),
            RebalanceCommand.Create(shell),
            LogsCommand.Create(shell),
            ExecCommand.Create(shell),
            CopyCommand.Create(shell),
            TopCommand.Create(shell),
            JournalCommand.Create(shell),
            .. DeliveryCommands.Create(shell),
            JudgeCommand.Create(shell),
            VerdictCommands.Create(shell),
            SampleCommand.Create(shell),
            SecretCommands.Create(shell),
            TokenCommands.Create(shell),
            .. SessionCommands.Create(shell),
            DevCommands.Create(shell),
            ImageCommand.Create(shell),
            CompletionCommand.Create(shell),
        ];
}
