using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc cp</c>: a file into an instance.</summary>
internal static class CopyCommand
{
    /// <summary>As the API takes it.</summary>
    private const int MaxBytes = 512 * 1024;

    private const string Executable = "0755";
    private const string Plain = "0644";

    public static Command Create(Shell shell)
    {
        var file = Parts.Name("file", "File to copy, at most 512 KiB.");
        var target = Parts.Name(
            "target",
            "INSTANCE:/PATH (checkoutservice.prod.14:/tmp/dump.sql); its directory exists."
        );
        var mode = Parts.Text(
            "--mode",
            "MODE",
            "Permissions in octal; else 0755 if the file can be executed, 0644 if not."
        );
        var command = new Command("cp", "Put a file into an instance that runs; it goes with the container.")
        {
            file,
            target,
            mode,
        };
        shell.AddExamples(command, "orc cp dump.sql checkoutservice.prod.14:/tmp/dump.sql");
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var path = parsed.GetRequiredValue(file);
                var (instance, place) = Split(parsed.GetRequiredValue(target));
                var request = new FileCopyRequest
                {
                    Path = place,
                    Mode = parsed.GetValue(mode) ?? ModeOf(path),
                    Content = Convert.ToBase64String(await ReadAsync(path, cancellationToken)),
                };
                var result = await session.Api.PostAsync(
                    Paths.Files(instance),
                    request,
                    CliJson.Default.FileCopyRequest,
                    CliJson.Default.ActionResult,
                    cancellationToken
                );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static (string Instance, string Path) Split(string target) =>
        target.Split(':', count: 2) is [{ Length: > 0 } instance, ['/', ..] path]
            ? (instance, path)
            : throw new CommandFailedException(
                ExitCode.Usage,
                $"'{target}' is not INSTANCE:/PATH.",
                "orc cp dump.sql checkoutservice.prod.14:/tmp/dump.sql"
            );

    private static string ModeOf(string path) =>
        !OperatingSystem.IsWindows()
        && File.Exists(path)
        && File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute)
            ? Executable
            : Plain;

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            return file.Length <= MaxBytes
                ? await File.ReadAllBytesAsync(path, cancellationToken)
                : throw new CommandFailedException(
                    ExitCode.Usage,
                    $"{path} has more than 512 KiB.",
                    "Let the instance fetch what is larger."
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Usage, $"{path} cannot be read: {e.Message}", "Check the path.");
        }
    }
}
