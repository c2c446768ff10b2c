using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Orchestrator.HostAgent.Images;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>
/// Images in the daemon's store. Each gets a name of ours with the digest of its manifest in it, for the daemon itself
/// remembers that digest only for what it pulled. Hosts of one daemon share them.
/// </summary>
internal sealed class DockerImages(
    DockerEngine engine,
    HeldImages held,
    IReadOnlyList<string> sources,
    UnpackLimits limits,
    string credentialsPath
) : IDisposable
{
    /// <summary>No registry can ever have this name, so nobody else makes such images, and nothing is pulled by it.</summary>
    private const string Repository = "orchestrator.invalid/image";

    /// <summary>Gigabytes from a slow disk or registry.</summary>
    private static readonly TimeSpan TransferDeadline = TimeSpan.FromMinutes(15);

    /// <summary>One at a time: many instances start from the same image at once.</summary>
    private readonly SemaphoreSlim _fetching = new(1, 1);

    public HeldImages Held => held;

    /// <summary>Learns what the daemon has no more. What another host brought there is not this one's to take away.</summary>
    public async Task LoadHeldAsync(CancellationToken cancellationToken)
    {
        var images = await engine.CallAsync(
            "list images",
            (client, token) =>
                client.Images.ListImagesAsync(
                    new ImagesListParameters
                    {
                        Filters = new Dictionary<string, IDictionary<string, bool>>(StringComparer.Ordinal)
                        {
                            ["reference"] = new Dictionary<string, bool>(StringComparer.Ordinal)
                            {
                                [Repository] = true,
                            },
                        },
                    },
                    token
                ),
            cancellationToken
        );
        var there = images.SelectMany(image => image.RepoTags ?? []).ToHashSet(StringComparer.Ordinal);
        var gone = held.All().Where(image => !there.Contains($"{Repository}:{image.Digest.Hex}")).ToList();
        gone.ForEach(image => held.Forget(image.Digest));
    }

    /// <param name="image"><c>name@sha256:…</c>.</param>
    /// <exception cref="ImageRefusedException">It is nowhere, or not fit to run.</exception>
    public async Task<UnpackedImage> EnsureAsync(string image, CancellationToken cancellationToken)
    {
        var digest = Sha256Digest.OfReference(image);
        var tag = $"{Repository}:{digest.Hex}";
        var found = await FindAsync(tag, cancellationToken);
        if (found is null)
        {
            await _fetching.WaitAsync(cancellationToken);
            try
            {
                found =
                    await FindAsync(tag, cancellationToken) ?? await FetchAsync(image, digest, tag, cancellationToken);
            }
            finally
            {
                _fetching.Release();
            }
        }

        held.Note(digest);
        return new UnpackedImage(tag, ConfigOf(found));
    }

    /// <summary>
    /// Takes its name away, and the image with it unless somebody else has named it too. The daemon does not where a
    /// container is made of it, whoever's that is.
    /// </summary>
    public async Task RemoveAsync(Sha256Digest digest, CancellationToken cancellationToken)
    {
        var tag = $"{Repository}:{digest.Hex}";
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            var found = await FindAsync(tag, cancellationToken);
            if (found?.RepoTags is { Count: 1 })
            {
                // What was pulled by digest goes by that name too, and would stay by it. Ours is the last to go, so that
                // whatever is left can be found.
                foreach (var pulled in found.RepoDigests ?? [])
                {
                    await RemoveNameAsync(pulled, cancellationToken);
                }
            }

            await RemoveNameAsync(tag, cancellationToken);
            held.Forget(digest);
        }
        finally
        {
            _fetching.Release();
        }
    }

    public void Dispose() => _fetching.Dispose();

    private Task<bool> RemoveNameAsync(string name, CancellationToken cancellationToken) =>
        engine.CallAsync(
            "remove an image",
            async (client, token) =>
            {
                try
                {
                    await client.Images.DeleteImageAsync(name, new ImageDeleteParameters(), token);
                    return true;
                }
                catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
                {
                    return false;
                }
            },
            cancellationToken
        );

    private async Task<ImageInspectResponse> FetchAsync(
        string image,
        Sha256Digest digest,
        string tag,
        CancellationToken cancellationToken
    )
    {
        if (OciLayout.Find(sources, digest) is { } layout)
        {
            return await LoadAsync(layout, digest, tag, cancellationToken);
        }

        await PullAsync(image, digest, cancellationToken);
        await engine.CallAsync(
            "name an image",
            async (client, token) =>
            {
                var name = new ImageTagParameters { RepositoryName = Repository, Tag = digest.Hex };
                await client.Images.TagImageAsync(image, name, token);
                return true;
            },
            cancellationToken
        );
        return await FindAsync(tag, cancellationToken)
            ?? throw new ImageRefusedException($"The daemon pulled {digest}, but does not have it.");
    }

    private async Task<ImageInspectResponse> LoadAsync(
        OciLayout layout,
        Sha256Digest digest,
        string tag,
        CancellationToken cancellationToken
    )
    {
        var content = layout.Read(digest);
        // The daemon takes a layer that it thinks it has already on trust, so everything is looked at here.
        await Task.Run(() => LayerFile.CheckAll(layout, content, limits, cancellationToken), cancellationToken);
        var answer = new LastError();
        await engine.CallAsync(
            "load an image",
            TransferDeadline,
            async (client, token) =>
            {
                await ImageArchive.SendAsync(
                    layout,
                    content,
                    tag,
                    archive =>
                        client.Images.LoadImageAsync(new ImageLoadParameters { Quiet = true }, archive, answer, token),
                    token
                );
                return true;
            },
            cancellationToken
        );
        var loaded = answer.Message is null ? await FindAsync(tag, cancellationToken) : null;
        var layers = content.Layers.Select(layer => layer.DiffId.ToString());
        return loaded?.RootFS?.Layers?.SequenceEqual(layers, StringComparer.Ordinal) == true
            ? loaded
            : throw new ImageRefusedException(
                $"The daemon did not load {digest}: {answer.Message ?? "it made something else of it"}"
            );
    }

    /// <summary>The daemon checks what it pulls by digest, and transfers nothing that it has.</summary>
    private async Task PullAsync(string image, Sha256Digest digest, CancellationToken cancellationToken)
    {
        var credentials = RegistryCredentials.Find(credentialsPath, image);
        var answer = new LastError();
        var refusal = await engine.CallAsync(
            "pull an image",
            TransferDeadline,
            async (client, token) =>
            {
                try
                {
                    var name = new ImagesCreateParameters { FromImage = image };
                    await client.Images.CreateImageAsync(name, credentials, answer, token);
                    return answer.Message;
                }
                catch (DockerApiException e)
                {
                    return DockerEngine.MessageOf(e);
                }
            },
            cancellationToken
        );
        if (refusal is not null)
        {
            throw new ImageRefusedException(
                $"No image source of this host has {digest}, and the daemon cannot pull it: {refusal.Trim()}"
            );
        }
    }

    private Task<ImageInspectResponse?> FindAsync(string tag, CancellationToken cancellationToken) =>
        engine.CallAsync(
            "inspect an image",
            async (client, token) =>
            {
                try
                {
                    return await client.Images.InspectImageAsync(tag, token);
                }
                catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
                {
                    return null;
                }
            },
            cancellationToken
        );

    private static OciImageConfig ConfigOf(ImageInspectResponse image) =>
        new(
            image.Config?.User,
            image.Config?.Env?.AsReadOnly(),
            image.Config?.Entrypoint?.AsReadOnly(),
            image.Config?.Cmd?.AsReadOnly(),
            image.Config?.WorkingDir,
            image.Config?.StopSignal
        );

    /// <summary>The daemon says that all is well before it finds that it is not, so errors come in its stream.</summary>
    private sealed class LastError : IProgress<JSONMessage>
    {
        public string? Message { get; private set; }

        public void Report(JSONMessage value) => Message = value.Error?.Message ?? Message;
    }
}
