namespace Epollsrv.Node;

/// <summary>A line of the file of settings that is no option: a parameter of CONFIG.</summary>
/// <param name="place">FILE:LINE.</param>
/// <param name="name">In lower case.</param>
/// <param name="value">As it stands there; several words have a space between.</param>
internal sealed class StartParameter(string place, string name, string value)
{
    /// <summary>FILE:LINE.</summary>
    public string Place { get; } = place;

    /// <summary>In lower case.</summary>
    public string Name { get; } = name;

    /// <summary>As it stands there; several words have a space between.</summary>
    public string Value { get; } = value;
}
