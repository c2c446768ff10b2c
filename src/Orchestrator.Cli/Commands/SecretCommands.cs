using System.CommandLine;
using System.Text;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc secret set|list|delete</c>. No command shows a value, and none takes one as an argument.</summary>
internal static class SecretCommands
{
    private const int MaxValueBytes = 32 * 1024;

    public static Command Create(Shell shell)
    {
        var command = new Command("secret", "Values that instances get and nobody reads.")
        {
            CreateSet(shell),
            CreateList(shell),
            CreateDelete(shell),
        };
        shell.AddExamples(
            command,
            "orc secret set database-password --team shop <password",
            "orc secret set tls-key --from-file key.pem",
            "orc secret list",
            "orc secret delete tls-key"
        );
        return command;
    }

    private static Command CreateSet(Shell shell)
    {
        var name = Parts.Name("name", "Name of the secret, as templates refer to it.");
        var file = Parts.Text("--from-file", "FILE", "Read the value from it, byte by byte; else from standard input.");
        var team = Parts.Text("--team", "TEAM", "Only its services may use it; else those of every team.");
        var command = new Command(
            "set",
            "Set a secret, or give it another value; what runs gets that when it starts anew."
        )
        {
            name,
            file,
            team,
        };
        shell.AddExamples(
            command,
            "orc secret set database-password --team shop <password",
            "orc secret set tls-key --from-file key.pem"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var value = await ReadAsync(parsed.GetValue(file), session.Surroundings.In, cancellationToken);
                var result = await session.Api.PostAsync(
                    Paths.Secret(parsed.GetRequiredValue(name)),
                    new SecretRequest { Value = Convert.ToBase64String(value), Team = parsed.GetValue(team) },
                    CliJson.Default.SecretRequest,
                    CliJson.Default.ActionResult,
                    cancellationToken
                );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateList(Shell shell)
    {
        var command = new Command("list", "List secrets: whose they are, who set them and when, never what.");
        shell.OnRun(
            command,
            async (session, _, cancellationToken) =>
            {
                var page = await session.Api.GetAsync(Paths.Secrets, CliJson.Default.PageSecretView, cancellationToken);
                var now = session.Surroundings.Time.GetUtcNow();
                session.Output.Show(page, CliJson.Default.PageSecretView, all => SecretSheets.List(all, now));
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateDelete(Shell shell)
    {
        var name = Parts.Name("name", "Name of the secret, as `orc secret list` shows it.");
        var command = new Command("delete", "Delete a secret that nothing uses any more.") { name };
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var result = await session.Api.DeleteAsync(
                    Paths.Secret(parsed.GetRequiredValue(name)),
                    CliJson.Default.ActionResult,
                    cancellationToken
                );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static async Task<byte[]> ReadAsync(string? file, TextReader input, CancellationToken cancellationToken)
    {
        var value = file is null
            ? Encoding.UTF8.GetBytes(await ReadTextAsync(input, cancellationToken))
            : await ReadFileAsync(file, cancellationToken);
        return value.Length switch
        {
            0 => throw Wrong("The value is empty."),
            > MaxValueBytes => throw Wrong("A secret has at most 32768 bytes."),
            _ => value,
        };

        static CommandFailedException Wrong(string problem) =>
            new(ExitCode.Usage, problem, "Give it on standard input, or with --from-file.");
    }

    private static async Task<string> ReadTextAsync(TextReader input, CancellationToken cancellationToken)
    {
        var buffer = new char[MaxValueBytes + 1]; // Each takes a byte at least, so one too many is too many.
        var count = await input.ReadBlockAsync(buffer, cancellationToken);
        return new string(buffer, 0, count);
    }

    private static async Task<byte[]> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            var buffer = new byte[MaxValueBytes + 1];
            var count = await file.ReadAtLeastAsync(
                buffer,
                buffer.Length,
                throwOnEndOfStream: false,
                cancellationToken
            );
            return buffer[..count];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Usage, $"{path} cannot be read: {e.Message}", "Check the path.");
        }
    }
}
