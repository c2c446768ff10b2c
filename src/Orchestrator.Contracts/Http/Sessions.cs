namespace Orchestrator.Contracts.Http;

/// <summary>POST /v1/sign-in-links: opens the status page once, for who asked.</summary>
public sealed record SignInLink(string Url);
