using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc exec</c>: a program in an instance.</summary>
internal static class ExecCommand
{
    /// <summary>As the API takes it, in characters of which each is a byte or more.</summary>
    private const int MaxInput = 64 * 1024;

    public static Command Create(Shell shell)
    {
        var instance = Parts.Name("instance", "Instance (checkoutservice.prod.14); `orc get instances` lists them.");
        var program = new Argument<string[]>("program")
        {
            Description =
                "Program and its arguments, after --. Of a shell's syntax only what is given to a shell: sh -c '…'.",
            Arity = ArgumentArity.OneOrMore,
        };
        var stdin = Parts.Flag("--stdin", "Give it what this command reads, at most 64 KiB.");
        stdin.Aliases.Add("-i");
        var timeout = Parts.Timeout("Kill it after this long. Default 10s, at most 60s.", otherwise: null);
        var command = new Command(
            "exec",
            "Run a program in an instance to its end, print what it printed (64 KiB of each stream at most) and end with its exit code."
        )
        {
            instance,
            program,
            stdin,
            timeout,
        };
        shell.AddExamples(
            command,
            "orc exec checkoutservice.prod.14 -- cat /etc/hosts",
            "orc exec checkoutservice.prod.14 --stdin -- sh -c 'cat > /tmp/dump.sql' < dump.sql"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var input = parsed.GetValue(stdin) ? await ReadAsync(session, cancellationToken) : "";
                var request = new ExecRequest
                {
                    Arguments = parsed.GetRequiredValue(program),
                    Input = input,
                    TimeoutSeconds = (int?)parsed.GetValue(timeout)?.TotalSeconds,
                };
                var result = await session.Api.PostAsync(
                    Paths.Exec(parsed.GetRequiredValue(instance)),
                    request,
                    CliJson.Default.ExecRequest,
                    CliJson.Default.ExecResult,
                    cancellationToken
                );
                return Show(session, result);
            }
        );
        return command;
    }

    private static int Show(Session session, ExecResult result)
    {
        if (!session.Output.IsTable)
        {
            session.Output.Show(result, CliJson.Default.ExecResult, _ => Sheet.Of());
            return result.ExitCode ?? ExitCode.Failed;
        }

        session.Output.WriteLog(result.Output);
        session.Output.WriteErrors(result.Errors);
        if (result.IsCut)
        {
            session.Output.Warn("There was more: only 64 KiB of each stream are kept.");
        }

        return result.ExitCode
            ?? throw new CommandFailedException(
                ExitCode.Failed,
                $"It did not run to its end: {result.Failure}.",
                "See the instance: orc get instances"
            );
    }

    private static async Task<string> ReadAsync(Session session, CancellationToken cancellationToken)
    {
        var buffer = new char[MaxInput + 1];
        var count = await session.Surroundings.In.ReadBlockAsync(buffer, cancellationToken);
        return count <= MaxInput
            ? new string(buffer, 0, count)
            : throw new CommandFailedException(
                ExitCode.Usage,
                "The input has more than 64 KiB.",
                "Let the instance fetch what is larger."
            );
    }
}
