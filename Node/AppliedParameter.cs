namespace Epollsrv.Node;

/// <summary>A parameter of CONFIG that a file set.</summary>
/// <param name="number">The parameter's number in the table.</param>
/// <param name="place">FILE:LINE.</param>
/// <param name="before">The value that it has when no file sets it.</param>
internal sealed class AppliedParameter(int number, string place, string before)
{
    /// <summary>The parameter's number in the table.</summary>
    public int Number { get; } = number;

    /// <summary>FILE:LINE.</summary>
    public string Place { get; } = place;

    /// <summary>The value that it has when no file sets it, as CONFIG GET shows it.</summary>
    public string Before { get; } = before;
}
