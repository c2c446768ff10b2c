using System.CommandLine;
using System.Runtime.InteropServices;
using Orchestrator.Cli.Rendering;

namespace Orchestrator.Cli.Images;

/// <summary><c>orc image</c>: works on files alone and asks no control plane.</summary>
internal static class ImageCommand
{
    public static Command Create(Shell shell) =>
        new("image", "Make the images that versions name by digest.") { CreatePack(shell) };

    private static Command CreatePack(Shell shell)
    {
        var rootfs = new Argument<DirectoryInfo>("rootfs")
        {
            Description = "The directory that becomes the image's root.",
        }.AcceptExistingOnly();
        var name = NameOption();
        var layout = new Option<DirectoryInfo>("--layout")
        {
            Description = "The OCI image layout to make, or to add the image to.",
            Required = true,
        };
        var entrypoint = new Option<string[]>("--entrypoint")
        {
            Description = "The program, rooted in the image; again for each of its arguments.",
            DefaultValueFactory = _ => [],
        };
        var environment = EnvironmentOption();
        var architecture = new Option<string>("--architecture")
        {
            Description = "What the programs in it were built for.",
            DefaultValueFactory = _ => RuntimeInformation.OSArchitecture is Architecture.Arm64 ? "arm64" : "amd64",
        }.AcceptOnlyFromAmong("amd64", "arm64");

        var pack = new Command(
            "pack",
            "Pack a directory into an OCI image layout; the same content gives the same digest."
        )
        {
            rootfs,
            name,
            layout,
            entrypoint,
            environment,
            architecture,
        };
        shell.AddExamples(
            pack,
            "orc image pack ./rootfs --name sample --layout ./images --entrypoint /app/sample   # prints sample@sha256:…"
        );
        pack.SetAction(
            (parsed, cancellationToken) =>
            {
                var order = new PackOrder
                {
                    Rootfs = parsed.GetRequiredValue(rootfs),
                    Name = parsed.GetRequiredValue(name),
                    Layout = parsed.GetRequiredValue(layout).FullName,
                    Entrypoint = parsed.GetRequiredValue(entrypoint),
                    Environment = parsed.GetRequiredValue(environment),
                    Architecture = parsed.GetRequiredValue(architecture),
                };
                return PackAsync(order, shell.Surroundings, cancellationToken);
            }
        );
        return pack;
    }

    private static Option<string> NameOption()
    {
        var name = new Option<string>("--name")
        {
            Description = "The image's name, as in name@sha256:…",
            Required = true,
        };
        name.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } given && !ImageName.IsValid(given))
            {
                result.AddError(
                    $"'{given}' is no image name: lower-case letters, digits and ._- in parts split by '/'."
                );
            }
        });
        return name;
    }

    private static Option<string[]> EnvironmentOption()
    {
        var environment = new Option<string[]>("--env")
        {
            Description = "A variable, KEY=VALUE; may be given again.",
            DefaultValueFactory = _ => [],
        };
        environment.Validators.Add(result =>
        {
            var given = result.GetValueOrDefault<string[]>() ?? [];
            foreach (var wrong in given.Where(pair => pair.IndexOf('=', StringComparison.Ordinal) < 1))
            {
                result.AddError($"'{wrong}' is not KEY=VALUE.");
            }
        });
        return environment;
    }

    private static async Task<int> PackAsync(
        PackOrder order,
        Surroundings surroundings,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var packed = await ImagePacker.PackAsync(order, cancellationToken);
            foreach (var warning in packed.Warnings)
            {
                await surroundings.Error.WriteLineAsync($"warning: {PlainText.OneLine(warning)}");
            }
            await surroundings.Out.WriteLineAsync(packed.Reference);
            return ExitCode.Done;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new CommandFailedException(ExitCode.Failed, failure.Message, hint: "");
        }
    }
}
