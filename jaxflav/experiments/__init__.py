"""Published analyses, assembled from response, yields and likelihood."""
