namespace Orchestrator.Storage;

/// <summary>How Core's types are written as JSON in the database. Unknown and missing members are refused on reading.</summary>
public static class StoredJson
{
    public static string Serialize<T>(T value) => throw new NotImplementedException();

    /// <exception cref="System.Text.Json.JsonException">The text does not fit the type.</exception>
    public static T Deserialize<T>(string json) => throw new NotImplementedException();
}
