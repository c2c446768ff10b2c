using Orchestrator.HostAgent.Images;

namespace Orchestrator.HostAgent.Runtimes.Processes;

/// <summary>A container's command as a command of this machine: its program is looked up in the unpacked image.</summary>
internal sealed record ProcessCommand(
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory
)
{
    /// <summary>Marks the processes of a container, whose session number alone could be a later stranger's.</summary>
    public const string ContainerVariable = "ORC_CONTAINER";

    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <param name="ownDirectory">Where it works if the image does not say.</param>
    /// <exception cref="RuntimeFailedException">The image has no such program.</exception>
    public static ProcessCommand Of(ContainerSpec spec, string ownDirectory)
    {
        var command = ContainerCommand.Of(spec);
        var root = spec.Image.RootDirectory;
        var environment = new Dictionary<string, string>(command.Environment, StringComparer.Ordinal)
        {
            [ContainerVariable] = spec.ContainerId,
        };
        var program = FindProgram(root, command.Arguments[0], command.Environment["PATH"]);
        if (!spec.Environment.ContainsKey("PATH"))
        {
            // The image's directories mean nothing here: what the program calls by name are the machine's programs.
            environment["PATH"] = System.Environment.GetEnvironmentVariable("PATH") ?? ContainerCommand.DefaultPath;
        }

        var directory = RootedPath.Resolve(root, command.WorkingDirectory, followLast: true);
        var isOwn = RootedPath.Split(command.WorkingDirectory).Any() && Directory.Exists(directory);
        return new ProcessCommand(
            [program, .. command.Arguments.Skip(1)],
            environment,
            isOwn ? directory : ownDirectory
        );
    }

    private static string FindProgram(string root, string name, string searchPath)
    {
        var candidates = name.Contains('/', StringComparison.Ordinal)
            ? [name]
            : searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(directory => $"{directory}/{name}");
        return candidates
                .Select(candidate => RootedPath.Resolve(root, candidate, followLast: true))
                .FirstOrDefault(path =>
                    File.Exists(path) && (File.GetUnixFileMode(path) & AnyExecute) != UnixFileMode.None
                )
            ?? throw new RuntimeFailedException($"The image has no program '{name}'.");
    }
}
