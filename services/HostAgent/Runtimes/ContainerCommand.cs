namespace Orchestrator.HostAgent.Runtimes;

/// <summary>The command line and environment of a container: the image's own, and what the assignment puts over them.</summary>
internal sealed record ContainerCommand(
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory
)
{
    public const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <exception cref="RuntimeFailedException">There is nothing to run, or a text cannot be passed to a program.</exception>
    public static ContainerCommand Of(ContainerSpec spec)
    {
        var config = spec.Image.Config;
        IReadOnlyList<string> arguments =
            spec.Command.Count > 0 ? spec.Command : [.. config.Entrypoint ?? [], .. config.Cmd ?? []];
        if (arguments.Count == 0 || arguments[0].Length == 0)
        {
            throw new RuntimeFailedException("Neither the assignment nor the image says what to run.");
        }

        var environment = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = DefaultPath };
        foreach (var text in config.Env ?? [])
        {
            var cut = text.IndexOf('=', StringComparison.Ordinal);
            environment[cut < 0 ? text : text[..cut]] = cut < 0 ? "" : text[(cut + 1)..];
        }

        foreach (var (name, value) in spec.Environment.Concat(spec.SecretVariables))
        {
            environment[name] = value;
        }

        Check(arguments, environment);
        return new ContainerCommand(
            arguments,
            environment,
            config.WorkingDir is { Length: > 0 } directory ? directory : "/"
        );
    }

    /// <summary>For runtimes that show variables to whoever asks.</summary>
    /// <exception cref="RuntimeFailedException">One is a secret.</exception>
    public static void RefuseSecretVariables(ContainerSpec spec, string why)
    {
        if (spec.SecretVariables.Count > 0)
        {
            throw new RuntimeFailedException(
                $"Its variable '{spec.SecretVariables.Keys.First()}' is a secret, and {why}; give it a 'path' in place of 'env'."
            );
        }
    }

    private static void Check(IReadOnlyList<string> arguments, SortedDictionary<string, string> environment)
    {
        if (arguments.Any(argument => argument.Contains('\0')))
        {
            throw new RuntimeFailedException("An argument contains a NUL character.");
        }

        if (environment.Keys.Any(name => name.Length == 0 || name.AsSpan().ContainsAny('=', '\0')))
        {
            throw new RuntimeFailedException("A variable's name is empty or contains an equals sign or NUL.");
        }

        // The value may be a secret, so only the name is told.
        if (environment.FirstOrDefault(pair => pair.Value.Contains('\0')) is { Key: { } name })
        {
            throw new RuntimeFailedException($"The variable {name} contains a NUL character.");
        }
    }
}
