using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Diffuse.Imaging;

/// <summary>What is called of libvips, GObject and GLib.</summary>
internal sealed unsafe partial class VipsCodec
{
    /// <summary>One reference to a GObject.</summary>
    private sealed class GObject : SafeHandleZeroOrMinusOneIsInvalid
    {
        public GObject(nint owned) : base(ownsHandle: true) => SetHandle(owned);

        public nint Release()
        {
            var released = handle;
            SetHandle(0);
            return released;
        }

        public void Take(nint owned) => SetHandle(owned);

        protected override bool ReleaseHandle()
        {
            g_object_unref(handle);
            return true;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct GValue
    {
        public nuint Type;
        public long Data0;
        public long Data1;
    }

    private const string Vips = "libvips.so.42", Object = "libgobject-2.0.so.0", Glib = "libglib-2.0.so.0";

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int vips_init(string argv0);

    [LibraryImport(Vips)]
    private static partial void vips_concurrency_set(int concurrency);

    [LibraryImport(Vips)]
    private static partial void vips_cache_set_max(int max);

    [LibraryImport(Vips)]
    private static partial nint vips_error_buffer_copy();

    [LibraryImport(Vips)]
    private static partial void vips_error_clear();

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint vips_operation_new(string name);

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int vips_object_set_argument_from_string(GObject operation, string name, string value);

    [LibraryImport(Vips)]
    private static partial int vips_cache_operation_buildp(ref nint operation);

    [LibraryImport(Vips)]
    private static partial void vips_object_unref_outputs(GObject operation);

    [LibraryImport(Vips)]
    private static partial nuint vips_image_get_type();

    [LibraryImport(Vips)]
    private static partial int vips_image_get_height(GObject image);

    [LibraryImport(Vips)]
    private static partial int vips_image_get_width(GObject image);

    [LibraryImport(Vips)]
    private static partial int vips_image_get_bands(GObject image);

    [LibraryImport(Vips)]
    private static partial int vips_image_get_format(GObject image);

    [LibraryImport(Vips)]
    private static partial int vips_image_get_interpretation(GObject image);

    [LibraryImport(Vips)]
    private static partial int vips_image_get_orientation(GObject image);

    [LibraryImport(Vips)]
    private static partial nint vips_region_new(GObject image);

    [LibraryImport(Vips)]
    private static partial nint vips_region_fetch(GObject region, int left, int top, int width, int height, out nuint length);

    [LibraryImport(Vips)]
    private static partial nint vips_blob_new(nint free, nint data, nuint length);

    [LibraryImport(Vips)]
    private static partial nuint vips_blob_get_type();

    [LibraryImport(Vips)]
    private static partial void vips_area_unref(nint area);

    [LibraryImport(Object)]
    private static partial nint g_object_ref(GObject handle);

    [LibraryImport(Object)]
    private static partial void g_object_unref(nint handle);

    [LibraryImport(Object, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void g_object_set_property(GObject handle, string name, ref GValue value);

    [LibraryImport(Object, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void g_object_get_property(GObject handle, string name, ref GValue value);

    [LibraryImport(Object)]
    private static partial nint g_value_init(ref GValue value, nuint type);

    [LibraryImport(Object)]
    private static partial void g_value_unset(ref GValue value);

    [LibraryImport(Object)]
    private static partial void g_value_set_boxed(ref GValue value, nint boxed);

    [LibraryImport(Object)]
    private static partial void g_value_set_object(ref GValue value, GObject handle);

    [LibraryImport(Object)]
    private static partial nint g_value_dup_object(ref GValue value);

    [LibraryImport(Glib)]
    private static partial void g_free(nint memory);

    [LibraryImport(Glib, StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint g_log_set_handler(
        string domain, int levels, delegate* unmanaged[Cdecl]<nint, int, nint, nint, void> handler, nint data);
}
