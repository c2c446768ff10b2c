using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Secrets;

/// <summary>
/// Opens the secrets of an instance when it starts. Files of theirs are in memory, below a directory of the machine that is
/// no disk, and go with the container.
/// </summary>
/// <param name="directory">Of this host alone.</param>
internal sealed class InstanceSecrets(HostKey key, string directory)
{
    /// <exception cref="RuntimeFailedException">One has not come, or cannot be given as it is asked for.</exception>
    public OpenedSecrets Prepare(InstanceRecord record, UnpackedImage image)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var mounts = new List<ContainerMount>();
        foreach (var secret in record.Spec.Container?.Secrets ?? [])
        {
            var value = Open(secret);
            if (secret.Variable is { } variable)
            {
                variables[variable] = Text(secret, value);
            }
            else
            {
                mounts.Add(MakeFile(record.ContainerId, mounts.Count, secret, value, image));
            }

            CryptographicOperations.ZeroMemory(value);
        }

        return new OpenedSecrets(variables, mounts);
    }

    /// <summary>What went with the container.</summary>
    public void Delete(string containerId)
    {
        var path = Path.Combine(directory, containerId);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>Takes away what containers left that nobody knows any more.</summary>
    public void Sweep(IReadOnlySet<string> known)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (var id in Directory.GetDirectories(directory).Select(path => Path.GetFileName(path)))
        {
            if (!known.Contains(id))
            {
                Delete(id);
            }
        }
    }

    private byte[] Open(AssignedSecret secret)
    {
        if (secret.Sealed is not { } text)
        {
            throw new RuntimeFailedException(
                $"Its secret '{secret.Name}' has not come with it; the control plane's log says why."
            );
        }

        try
        {
            return key.Unseal(secret.Name, text);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw new RuntimeFailedException(
                $"Its secret '{secret.Name}' cannot be opened with this host's key: {e.Message} A new one comes by itself.",
                e
            );
        }
    }

    private static string Text(AssignedSecret secret, byte[] value)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(value);
        }
        catch (DecoderFallbackException e)
        {
            throw new RuntimeFailedException(
                $"Its secret '{secret.Name}' is no text, which a variable must be; give it a 'path' in place of 'env'.",
                e
            );
        }
    }

    private ContainerMount.Bind MakeFile(
        string containerId,
        int index,
        AssignedSecret secret,
        byte[] value,
        UnpackedImage image
    )
    {
        var owner = OwnerOf(image);
        InstanceMounts.CheckTarget(secret.Path ?? "");
        SecretsPlace.Make(Path.GetDirectoryName(directory) ?? "/");
        SecretsPlace.Make(directory);
        var own = Path.Combine(directory, containerId);
        SecretsPlace.Make(own);
        if (!SecretsPlace.IsInMemory(own))
        {
            throw new RuntimeFailedException(
                $"Its secret '{secret.Name}' would be written to a disk: Agent:SecretsDirectory must be on a tmpfs, such as below /run or /dev/shm."
            );
        }

        var path = Path.Combine(own, index.ToString(CultureInfo.InvariantCulture));
        File.Delete(path);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead,
        };
        using (var file = new FileStream(path, options))
        {
            file.Write(value);
        }

        if (owner.UserId != Libc.EffectiveUserId || owner.GroupId != 0)
        {
            Libc.ChangeOwner(path, owner.UserId, owner.GroupId);
        }

        return new ContainerMount.Bind(secret.Path ?? "", path, IsReadOnly: true);
    }

    private static ImageUser OwnerOf(UnpackedImage image)
    {
        // Of an image that a daemon keeps there are no files to look a name up in.
        var isHere = Path.IsPathFullyQualified(image.RootDirectory) && Directory.Exists(image.RootDirectory);
        return isHere
            ? ImageUser.Of(image)
            : ImageUser.OfNumbers(image.Config.User ?? "")
                ?? throw new RuntimeFailedException(
                    $"Its image's user is '{image.Config.User}', and only by number can a secret's file be given to it here."
                );
    }
}

/// <param name="Variables">Values by name.</param>
internal sealed record OpenedSecrets(
    IReadOnlyDictionary<string, string> Variables,
    IReadOnlyList<ContainerMount> Mounts
);
