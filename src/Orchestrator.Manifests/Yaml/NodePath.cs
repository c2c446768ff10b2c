using System.Globalization;

namespace Orchestrator.Manifests.Yaml;

/// <summary>Finds nodes by paths of known fields, such as <c>spec.route[0].count</c>.</summary>
internal static class NodePath
{
    /// <summary>The node there, or else the nearest around it.</summary>
    public static ManifestNode Nearest(ManifestNode root, string path, out bool isExact)
    {
        var node = root;
        foreach (var part in path.Replace("[", ".[", StringComparison.Ordinal).Split('.'))
        {
            if (Child(node, part) is not { } child)
            {
                isExact = false;
                return node;
            }

            node = child;
        }

        isExact = true;
        return node;
    }

    /// <summary>Of a value itself; of a list, a map or what is missing in one the key.</summary>
    public static Place PlaceOf(ManifestNode root, string path)
    {
        var node = Nearest(root, path, out var isExact);
        return isExact && node is ManifestNode.Text ? node.Place : node.Owner;
    }

    private static ManifestNode? Child(ManifestNode node, string part) =>
        (node, part[0]) switch
        {
            (ManifestNode.List list, '[') => list.Items[int.Parse(part[1..^1], CultureInfo.InvariantCulture)],
            (ManifestNode.Map map, _) => map[part],
            _ => null,
        };
}
