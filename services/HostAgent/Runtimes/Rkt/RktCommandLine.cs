using System.Globalization;
using Orchestrator.HostAgent.Images;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>From what the agent wants to what rkt is asked to prepare.</summary>
internal static class RktCommandLine
{
    /// <summary>Where rkt's own options go on, and a program's arguments end.</summary>
    private const string EndOfArguments = "---";

    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <exception cref="RuntimeFailedException">The image has no such program, or rkt could not be told.</exception>
    public static IReadOnlyList<string> Prepare(
        ContainerSpec spec,
        ContainerCommand command,
        string image,
        string app,
        IReadOnlyList<string> stage1
    )
    {
        var arguments = command.Arguments.Skip(1).ToList();
        if (arguments.Contains(EndOfArguments, StringComparer.Ordinal))
        {
            throw new RuntimeFailedException(
                $"An argument is '{EndOfArguments}', which ends a program's arguments for rkt."
            );
        }

        if (command.Environment.Keys.FirstOrDefault(name => !AciNames.IsVariable(name)) is { } bad)
        {
            throw new RuntimeFailedException(
                $"The variable '{bad}' cannot be given to rkt: a name has letters, digits, '_', '.' and '-', and begins with a letter or '_'."
            );
        }

        var mounts = spec.Mounts.Select(MountOf).ToList();
        return
        [
            "prepare",
            "--quiet",
            .. stage1,
            .. mounts.Select(
                (mount, index) =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"--volume=mount-{index},kind=host,source={mount.Source},readOnly={(mount.IsReadOnly ? "true" : "false")}"
                    )
            ),
            image,
            $"--name={app}",
            $"--exec={FindProgram(spec.Image.RootDirectory, command)}",
            .. command.Environment.Select(pair => $"--environment={pair.Key}={pair.Value}"),
            .. AciIsolator
                .Of(spec.MemoryLimitMebibytes, spec.CpuLimitMillicores)
                .Select(limit =>
                    $"--{limit.Name[(limit.Name.IndexOf('/', StringComparison.Ordinal) + 1)..]}={limit.Value.Limit}"
                ),
            .. mounts.Select(
                (mount, index) =>
                    string.Create(CultureInfo.InvariantCulture, $"--mount=volume=mount-{index},target={mount.At}")
            ),
            .. arguments.Count > 0 ? arguments.Prepend("--") : [],
        ];
    }

    private static ContainerMount.Bind MountOf(ContainerMount mount) =>
        mount switch
        {
            ContainerMount.Bind bind when !bind.Source.AsSpan().ContainsAny(',', '=') => bind,
            ContainerMount.Bind bind => throw new RuntimeFailedException(
                $"'{bind.Source}' cannot be given to rkt, which separates options by commas and equals signs."
            ),
            _ => throw new RuntimeFailedException(
                $"It asks for memory at '{mount.Target}', and rkt mounts directories of the host and nothing else of a size."
            ),
        };

    public static bool HasProgram(string root, string path)
    {
        var file = RootedPath.Resolve(root, path, followLast: true);
        return File.Exists(file) && (File.GetUnixFileMode(file) & AnyExecute) != UnixFileMode.None;
    }

    /// <summary>Its place in the image. Fly looks nothing up, and tells of a missing program only when it is too late.</summary>
    private static string FindProgram(string root, ContainerCommand command)
    {
        var name = command.Arguments[0];
        var candidates = name.Contains('/', StringComparison.Ordinal)
            ? [Path.Combine(command.WorkingDirectory, name)]
            : command
                .Environment["PATH"]
                .Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(directory => $"{directory}/{name}");
        return candidates.FirstOrDefault(path => HasProgram(root, path))
            ?? throw new RuntimeFailedException($"The image has no program '{name}'.");
    }
}
