"""Static files under hashed names, also where one script imports another."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Without this, a browser could mix scripts of two versions after an update."""

    support_js_module_import_aggregation = True
