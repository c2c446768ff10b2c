using System.CommandLine;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc completion</c>: makes a shell ask <c>orc</c> itself what can follow.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _orc_complete() {
          local IFS=$'\n'
          COMPREPLY=($(orc "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null | grep -- "^${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _orc_complete orc
        """;

    private const string Zsh = """
        #compdef orc
        _orc_complete() {
          local -a found
          found=("${(@f)$(orc "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -a found
        }
        compdef _orc_complete orc
        """;

    public static Command Create(Shell shell)
    {
        var name = new Argument<string>("shell") { Description = "bash or zsh." };
        name.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "Print what makes a shell complete commands of orc.") { name };
        shell.AddExamples(command, "source <(orc completion bash)", "orc completion zsh > \"${fpath[1]}/_orc\"");
        command.SetAction(parsed =>
        {
            shell.Surroundings.Out.WriteLine(parsed.GetRequiredValue(name) == "zsh" ? Zsh : Bash);
            return ExitCode.Done;
        });
        return command;
    }
}
