using System.CommandLine;
using System.Runtime.InteropServices;

namespace Orchestrator.Cli.Images;

/// <summary><c>orc image</c>: works on files alone and asks no control plane.</summary>
internal static class ImageCommand
{
    private const int Done = 0;
    private const int Failed = 1;

    public static Command Create() => new("image", "Make the images that versions name by digest.") { CreatePack() };

    private static Command CreatePack()
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
                var console = parsed.InvocationConfiguration;
                return PackAsync(order, console.Output, console.Error, cancellationToken);
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
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var packed = await ImagePacker.PackAsync(order, cancellationToken);
            foreach (var warning in packed.Warnings)
            {
                await error.WriteLineAsync($"warning: {warning}");
            }
            await output.WriteLineAsync(packed.Reference);
            return Done;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await error.WriteLineAsync($"error: {failure.Message}");
            return Failed;
        }
    }
}
