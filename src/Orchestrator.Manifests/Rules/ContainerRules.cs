using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FluentValidation;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Drafts;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Rules;

/// <summary>What a template says of its container, and what that must be to each other.</summary>
internal sealed class ContainerRules : AbstractValidator<TemplateDraft>
{
    public ContainerRules()
    {
        RuleFor(template => template.Ulimits).Custom(CheckLimits);
        RuleFor(template => template.Volumes).Custom(CheckSources);
        RuleFor(template => template).Custom(CheckMounts);
        RuleFor(template => template.Secrets).Custom(CheckSecrets);
        RuleFor(template => template.Files)
            .Custom(
                (files, context) =>
                {
                    var bytes = files.Sum(file => Encoding.UTF8.GetByteCount(file.Content ?? ""));
                    if (bytes > ManifestLimits.MaxFilesBytes)
                    {
                        context.Fail("", FilesTooLarge(bytes));
                    }
                }
            );
    }

    private static void CheckLimits(
        ImmutableSortedDictionary<string, LimitDraft> limits,
        ValidationContext<TemplateDraft> context
    )
    {
        foreach (var (name, limit) in limits)
        {
            if (IsAbove(limit.Soft, limit.Hard))
            {
                context.Fail(
                    $".{name}.Soft",
                    new Complaint(
                        ManifestErrorCodes.SoftAboveHard,
                        $"The soft limit of '{name}' is above its hard one, up to which a process may raise it.",
                        "Raise 'hard', or lower 'soft'."
                    )
                );
            }
        }
    }

    private static void CheckSources(ImmutableArray<VolumeDraft> volumes, ValidationContext<TemplateDraft> context)
    {
        foreach (var (index, volume) in volumes.Index())
        {
            if (volume.Sources.Length != 1)
            {
                context.Fail(
                    At(index),
                    new Complaint(
                        ManifestErrorCodes.VolumeUnclear,
                        volume.Sources.IsEmpty
                            ? "It does not say what is mounted."
                            : $"Only one thing can be mounted: {string.Join(" or ", volume.Sources)}.",
                        "Write one of 'name', 'hostPath' and 'tmpfs'."
                    )
                );
            }
        }
    }

    private static void CheckSecrets(ImmutableArray<SecretDraft> secrets, ValidationContext<TemplateDraft> context)
    {
        var seen = context.InstanceToValidate.Env.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var (index, secret) in secrets.Index())
        {
            if (secret.HasEnv == secret.HasPath)
            {
                context.Fail(
                    At(index),
                    new Complaint(
                        ManifestErrorCodes.SecretUnclear,
                        "A secret is either a variable or a file.",
                        "Write one of 'env: NAME' and 'path: /path/of/file'."
                    )
                );
            }

            if (secret.Env is { } variable && !seen.Add(variable))
            {
                context.Fail(
                    $"{At(index)}.Env",
                    new Complaint(
                        ManifestErrorCodes.DuplicateVariable,
                        $"{Shown.Quoted(variable)} has a value already.",
                        "Keep one of the two."
                    )
                );
            }
        }
    }

    private static void CheckMounts(TemplateDraft template, ValidationContext<TemplateDraft> context)
    {
        var mounts = template
            .Files.Select((file, index) => (file.Path, At: $"Files{At(index)}.Path"))
            .Concat(template.Volumes.Select((volume, index) => (volume.Path, At: $"Volumes{At(index)}.Path")))
            .Concat(template.Secrets.Select((secret, index) => (secret.Path, At: $"Secrets{At(index)}.Path")))
            .ToList();
        if (mounts.Count > ManifestLimits.MaxMounts)
        {
            context.Fail("", TooManyMounts);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, at) in mounts)
        {
            if (path is not null && !seen.Add(path))
            {
                context.Fail(
                    context.PropertyPath.Length == 0 ? at : $".{at}",
                    new Complaint(
                        ManifestErrorCodes.DuplicateMount,
                        $"{Shown.Quoted(path)} has something mounted already.",
                        "Keep one of the two."
                    )
                );
            }
        }
    }

    private static Complaint TooManyMounts =>
        new(
            ManifestErrorCodes.TooManyMounts,
            string.Create(
                CultureInfo.InvariantCulture,
                $"An instance has at most {ManifestLimits.MaxMounts} files, volumes and secrets together, and here are more."
            ),
            "Mount a directory in place of many files."
        );

    private static Complaint FilesTooLarge(int bytes) =>
        new(
            ManifestErrorCodes.FilesTooLarge,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Its files have {bytes} bytes together, and at most {ManifestLimits.MaxFilesBytes} are taken."
            ),
            "Put large files into the image or a volume."
        );

    private static string At(int index) => string.Create(CultureInfo.InvariantCulture, $"[{index}]");

    private static bool IsAbove(long? soft, long? hard) =>
        soft == ProcessLimit.Unlimited
            ? hard is not null and not ProcessLimit.Unlimited
            : hard != ProcessLimit.Unlimited && soft > hard;
}
