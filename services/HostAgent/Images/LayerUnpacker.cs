using System.Formats.Tar;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Images;

/// <summary>
/// Lays one layer's archive over a directory. Everything in the archive is untrusted: a name never leads out of the
/// directory, whatever links earlier entries made, and only files, directories and links are made.
/// </summary>
internal sealed class LayerUnpacker(string root, UnpackBudget budget)
{
    private const string WhiteoutPrefix = ".wh.";
    private const string OpaqueMarker = ".wh..wh..opq";

    // The permission bits without set-user-id, set-group-id and sticky: below a data directory they would be a way
    // from an image to the host's root, and in a container without new privileges they have no effect.
    private const UnixFileMode PermissionBits = (UnixFileMode)0x1FF;

    private readonly HashSet<string> _ownPaths = new(StringComparer.Ordinal);
    private readonly List<(string Path, TarEntry Entry)> _directories = [];
    private readonly bool _isRoot = Libc.EffectiveUserId == 0;

    /// <exception cref="ImageRefusedException">The archive is malformed or hostile; what it already made stays for the caller to delete.</exception>
    public void Unpack(Stream archive, CancellationToken cancellationToken)
    {
        using var reader = new TarReader(new TarHeaderGuard(archive), leaveOpen: true);
        try
        {
            while (reader.GetNextEntry(copyData: false) is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                budget.TakeEntry();
                Unpack(entry);
            }
        }
        catch (Exception e)
            when (e
                    is InvalidDataException
                        or FormatException
                        or NotSupportedException
                        or EndOfStreamException
                        or InvalidOperationException // Extended attributes of more bytes than an array can have.
                        or OverflowException // Numbers that fit into no header.
                        or ArgumentException // Names with a NUL, times that no calendar has.
            )
        {
            throw new ImageRefusedException($"A layer's archive is malformed: {e.Message}");
        }

        // Last, for a directory may forbid what its own entries need; inner ones first.
        for (var index = _directories.Count - 1; index >= 0; index--)
        {
            ApplyDirectoryMode(_directories[index].Path, _directories[index].Entry);
        }
    }

    private void Unpack(TarEntry entry)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
        {
            return;
        }

        var parts = PartsOf(entry.Name);
        if (parts.Count == 0)
        {
            return; // The root itself.
        }

        var parent = MakeParent(parts);
        var name = parts[^1];
        if (name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal))
        {
            ApplyWhiteout(parent, name);
            return;
        }

        var path = Path.Combine(parent, name);
        RememberOwn(path);
        Make(entry, path);
    }

    private void Make(TarEntry entry, string path)
    {
        switch (entry.EntryType)
        {
            case TarEntryType.Directory or TarEntryType.DirectoryList:
                MakeDirectory(path, entry);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                Clear(path);
                WriteFile(path, entry);
                break;
            case TarEntryType.SymbolicLink:
                Clear(path);
                CheckLink(path, entry.LinkName);
                File.CreateSymbolicLink(path, entry.LinkName);
                ApplyOwner(path, entry);
                break;
            case TarEntryType.HardLink:
                MakeHardLink(path, entry.LinkName);
                break;
            default:
                throw new ImageRefusedException($"'{entry.Name}' is a {entry.EntryType}, which no image needs.");
        }
    }

    private static List<string> PartsOf(string name)
    {
        if (name.StartsWith('/'))
        {
            throw new ImageRefusedException($"'{name}' is an absolute name.");
        }

        var parts = RootedPath.Split(name).ToList();
        return parts.Contains("..", StringComparer.Ordinal)
            ? throw new ImageRefusedException($"'{name}' leads out of its directory.")
            : parts;
    }

    /// <summary>A parent may be a link of a lower layer, such as <c>lib</c> to <c>usr/lib</c>: followed, but inside the root.</summary>
    private string MakeParent(List<string> parts)
    {
        var parent = RootedPath.Resolve(root, string.Join('/', parts.SkipLast(1)), followLast: true);
        if (File.Exists(parent))
        {
            throw new ImageRefusedException($"'{string.Join('/', parts)}' is below a file.");
        }

        Directory.CreateDirectory(parent);
        return parent;
    }

    private void ApplyWhiteout(string parent, string name)
    {
        if (string.Equals(name, OpaqueMarker, StringComparison.Ordinal))
        {
            foreach (
                var path in Directory
                    .EnumerateFileSystemEntries(parent)
                    .Where(path => !_ownPaths.Contains(path))
                    .ToList()
            )
            {
                Clear(path);
                DeleteDirectory(path);
            }

            return;
        }

        var hidden = name[WhiteoutPrefix.Length..];
        if (hidden is "" or "." or "..")
        {
            throw new ImageRefusedException($"'{name}' hides nothing that has a name.");
        }

        Clear(Path.Combine(parent, hidden));
        DeleteDirectory(Path.Combine(parent, hidden));
    }

    /// <summary>With the directories above it: an opaque marker hides what lower layers have, not what this one has.</summary>
    private void RememberOwn(string path)
    {
        for (var own = path; own.Length > root.Length && _ownPaths.Add(own); own = Path.GetDirectoryName(own) ?? root)
        {
            // The step is the work.
        }
    }

    private void MakeDirectory(string path, TarEntry entry)
    {
        if (IsLink(path) || File.Exists(path))
        {
            File.Delete(path);
        }

        Directory.CreateDirectory(path);
        _directories.Add((path, entry));
    }

    private void WriteFile(string path, TarEntry entry)
    {
        budget.TakeBytes(entry.Length);

        // CreateNew never follows a link that stands at the path.
        using (
            var file = new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    BufferSize = 0,
                }
            )
        )
        {
            entry.DataStream?.CopyTo(file);
        }

        ApplyOwner(path, entry);
        File.SetUnixFileMode(path, (entry.Mode & PermissionBits) | OwnerMustRead(UnixFileMode.None));
        File.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
    }

    private void MakeHardLink(string path, string targetName)
    {
        var target = RootedPath.Resolve(root, string.Join('/', PartsOf(targetName)), followLast: false);
        if (IsLink(target) || !File.Exists(target))
        {
            throw new ImageRefusedException($"A hard link leads to '{targetName}', which is no file of the image.");
        }

        if (!string.Equals(target, path, StringComparison.Ordinal))
        {
            Clear(path);
            Libc.CreateHardLink(target, path);
        }
    }

    /// <summary>
    /// An absolute target is meant from the image's root, and we follow it so. One that climbs above the root has no
    /// honest use, and whatever follows it on the host without care would leave the image.
    /// </summary>
    private void CheckLink(string path, string target)
    {
        if (target.Length == 0)
        {
            throw new ImageRefusedException("A link has no target.");
        }

        if (target.StartsWith('/'))
        {
            return;
        }

        var depth = RootedPath.Split(Path.GetRelativePath(root, path)).Count() - 1;
        foreach (var part in RootedPath.Split(target))
        {
            depth += part == ".." ? -1 : 1;
            if (depth < 0)
            {
                throw new ImageRefusedException($"The link '{Path.GetFileName(path)}' to '{target}' escapes.");
            }
        }
    }

    /// <summary>Removes a file or link; a directory that becomes something else goes with all it has.</summary>
    private static void Clear(string path)
    {
        if (IsLink(path) || File.Exists(path))
        {
            File.Delete(path);
        }
        else if (Directory.Exists(path))
        {
            DeleteDirectory(path);
        }
    }

    private static void DeleteDirectory(string path)
    {
        if (!IsLink(path) && Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true); // Does not follow links.
        }
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    private void ApplyDirectoryMode(string path, TarEntry entry)
    {
        // A later entry of the same archive may have replaced it.
        if (IsLink(path) || !Directory.Exists(path))
        {
            return;
        }

        ApplyOwner(path, entry);
        File.SetUnixFileMode(
            path,
            (entry.Mode & PermissionBits) | OwnerMustRead(UnixFileMode.UserWrite | UnixFileMode.UserExecute)
        );
    }

    /// <summary>Root needs no permission; an ordinary user could neither run nor delete what it may not read.</summary>
    private UnixFileMode OwnerMustRead(UnixFileMode more) => _isRoot ? UnixFileMode.None : UnixFileMode.UserRead | more;

    private void ApplyOwner(string path, TarEntry entry)
    {
        if (_isRoot)
        {
            Libc.ChangeOwner(path, entry.Uid, entry.Gid);
        }
    }
}
